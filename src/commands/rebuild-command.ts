import type { Command } from 'commander'
import type { Config } from '../config-schema.ts'
import type { RebuildFlags } from './rebuild.ts'

/** `floorwatch rebuild`, `rebuild list`, `rebuild drop`. */
export const addRebuildCommand = (program: Command, configOf: () => Config): void => {
  const rebuild = program
    .command('rebuild')
    .description('counts the state anew from Kafka, beside the running one; compares, swaps')
  rebuild
    .command('run', { isDefault: true })
    .description('counts and compares; exit 3 where the two differ and nothing was swapped')
    .option('--swap', 'make it live, in one step')
    .option('--drop-old', 'after the swap delete what was live before')
    .option('--id <id>', 'go on with a rebuild that was begun')
    .option('--from <time>', 'begin here and not at the beginning of the log')
    .option('--reshard', 'topics have grown: file older records by their key')
    .option('--json', 'differences and result as NDJSON')
    .action(async (flags: RebuildFlags) => {
      const { rebuildState } = await import('./rebuild.ts')
      const { withRebuildIo } = await import('../wiring-rebuild.ts')
      process.exitCode = await withRebuildIo(configOf(), (io) => rebuildState(flags, io))
    })
  rebuild
    .command('list')
    .description('the live state, those before it, rebuilds at work or left lying')
    .option('--json', 'as JSON')
    .action(async ({ json = false }: { readonly json?: boolean }) => {
      const { listRebuilds } = await import('./rebuild.ts')
      const { withRebuildIo } = await import('../wiring-rebuild.ts')
      process.exitCode = await withRebuildIo(configOf(), (io) => listRebuilds(io, json))
    })
  rebuild
    .command('drop')
    .description('deletes a state that is not live')
    .argument('<id>', 'as list tells it')
    .action(async (id: string) => {
      const { dropRebuild } = await import('./rebuild.ts')
      const { withRebuildIo } = await import('../wiring-rebuild.ts')
      process.exitCode = await withRebuildIo(configOf(), (io) => dropRebuild(id, io))
    })
}
