import { randomInt } from 'node:crypto'
import type { TestProject } from 'vitest/node'

declare module 'vitest' {
  interface ProvidedContext {
    /** Of every property in this run. */
    seed: number
  }
}

const variable = 'FLOORWATCH_TEST_SEED'
const seedMax = 2 ** 31 - 1

/** One seed a run, drawn or named, so that what a property met can be met again. */
export function setup(project: TestProject): void {
  const named = process.env[variable]
  const seed = named ? Number(named) : randomInt(1, seedMax)
  if (!Number.isInteger(seed) || Math.abs(seed) > seedMax)
    throw new Error(`${variable}: '${named}' is no whole number up to ${seedMax}`)
  project.provide('seed', seed)
  console.log(`laws and other properties: seed ${seed}; run them again with ${variable}=${seed}`)
}
