import('./check-node.mjs').then(() => import('./run-checks.mjs'))
