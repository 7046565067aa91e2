import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { environmentVariables } from '../../src/config.ts'

test.each(['docker-compose.yml', 'Dockerfile'])(
  'every variable that %s sets exists in the configuration',
  (file) => {
    const named = readFileSync(file, 'utf8').match(/FLOORWATCH_[A-Z_]+/g) ?? []
    expect(named).not.toEqual([])
    for (const variable of named) expect(environmentVariables()).toContain(variable)
  },
)
