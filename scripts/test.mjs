import('./check-node.mjs').then(() => import('./run-tests.mjs'))
