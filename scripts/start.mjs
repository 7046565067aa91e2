import('./check-node.mjs').then(() => import('./start-demo.mjs'))
