/** A text in a file of the product, and what stands there in its place while the bug is planted. */
export type Patch = { readonly file: string; readonly from: string; readonly to: string }

/** Bugs within the product: planted into its text as it is loaded. Imports nothing of it, so that it comes first. */
export type SourceBug = { readonly what: string; readonly patches: readonly Patch[] }

export const sourceBugs: Readonly<Record<string, SourceBug>> = {
  'applies-after-revocation': {
    what: 'a process goes on writing a shard that was taken from it',
    patches: [
      {
        file: 'src/processor.ts',
        from: 'onRevoked: (shard) => takeTurn(state, async () => state.shards.release(shard)),',
        to: 'onRevoked: async () => {},',
      },
    ],
  },
  'watermark-by-clock': {
    what: 'the clock carries the watermark on while a topic lags',
    patches: [
      {
        file: 'src/core/watermark.ts',
        from: 'topic.isCaughtUp\n    ? Math.max(knownBefore(topic.endAtMs), Math.min(topic.greatestTakenMs, nowMs))\n    : laggingPosition(topic)',
        to: 'nowMs',
      },
    ],
  },
  'old-end-believed': {
    what: 'a topic that was read to its end a while ago counts as read to its end now',
    patches: [
      {
        file: 'src/core/watermark.ts',
        from: 'Math.max(knownBefore(topic.endAtMs), Math.min(topic.greatestTakenMs, nowMs))',
        to: 'nowMs',
      },
    ],
  },
  'lags-for-ever': {
    what: 'a shard that has caught up goes on saying that it lags, and all wait for it',
    patches: [
      {
        file: 'src/shard-writer.ts',
        from: 'state.taken.slowestMs === Number.POSITIVE_INFINITY ? {} : ',
        to: '',
      },
    ],
  },
  'fold-drops': {
    what: 'a slice that leaves its tier is not added to the next one',
    patches: [
      {
        file: 'src/core/slice-blocks.ts',
        from: 'if (moveSlice(cells, into, cell)) touched?.(into.tier, into.startMs)',
        to: '',
      },
      { file: 'src/core/slice-blocks.ts', from: 'addNextCell(target, cursor)', to: '' },
    ],
  },
  'revision-unreserved': {
    what: 'revisions are not taken from what a commit reserved',
    patches: [
      { file: 'src/revisions.ts', from: 'if (next > limit) return undefined', to: '' },
      { file: 'src/revisions.ts', from: 'last = Math.max(last, reservedTo, clockUs() + aheadUs)', to: '' },
    ],
  },
  'memory-kept-in-doubt': {
    what: 'the memory of a shard is kept although its commit is in doubt',
    patches: [{ file: 'src/processor.ts', from: 'else state.shards.drop(writer, 0)', to: '' }],
  },
  'divergence-ignored': {
    what: 'a shard whose commit diverged is written on',
    patches: [
      {
        file: 'src/processor.ts',
        from: "    case 'diverged':\n      shards.drop(writer, 0)\n",
        to: "    case 'diverged':\n",
      },
    ],
  },
  'views-kept': {
    what: 'what was published is believed to stand although the shards changed hands',
    patches: [{ file: 'src/shard-set.ts', from: '  publisher.reset()\n', to: '' }],
  },
  'wakes-kept': {
    what: 'a process that lost a shard still wakes to publish its scopes',
    patches: [
      {
        file: 'src/publish-desk.ts',
        from: '  desk.wakes.takeBefore(Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY)\n',
        to: '',
      },
    ],
  },
  'doubt-forgotten': {
    what: 'what was sent without an answer is believed not to stand',
    patches: [
      {
        file: 'src/publisher.ts',
        from: '    for (const { scopeKey } of changes) doubtScope(desk, scopeKey)\n',
        to: '',
      },
    ],
  },
  'changes-lost-while-sending': {
    what: 'what changes while a snapshot is being sent is taken for said',
    patches: [
      {
        file: 'src/publish-desk.ts',
        from: '  for (const { scopeKey, digest } of changes) desk.published.set(scopeKey, digest)\n',
        to: '  for (const { scopeKey, digest } of changes) {\n    desk.published.set(scopeKey, digest)\n    desk.dirty.delete(scopeKey)\n  }\n',
      },
    ],
  },
}
