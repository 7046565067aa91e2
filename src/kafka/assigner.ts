/** Shard n (partition n of every input topic) goes to one member, and stays with it as far as balance allows. */
import kafkajs, { type PartitionAssigner } from 'kafkajs'

const { AssignerProtocol } = kafkajs
const protocolName = 'floorwatch'
const protocolVersion = 1

export type Member = {
  readonly memberId: string
  /** The shards it held before this assignment. */
  readonly owned: readonly number[]
}

/**
 * Every shard to exactly one member; counts differ by one at most. A member keeps what it held up to its share; a shard that two
 * claim stays with the one whose id sorts first.
 */
export function assignShards(
  partitions: number,
  members: readonly Member[],
): ReadonlyMap<string, readonly number[]> {
  const shares = members
    .toSorted((a, b) => (a.memberId < b.memberId ? -1 : 1))
    .map(({ memberId, owned }) => ({ memberId, owned, kept: [] as number[] }))
  const free = new Set(Array.from({ length: partitions }, (_, shard) => shard))
  const least = Math.floor(partitions / Math.max(members.length, 1))
  for (const share of shares) keepOwned(share, free, least)
  keepLarger(shares, free, least)
  fillUp(shares, free, least)
  return new Map(shares.map(({ memberId, kept }) => [memberId, kept.toSorted((a, b) => a - b)]))
}

type Share = { readonly memberId: string; readonly owned: readonly number[]; readonly kept: number[] }

function keepOwned({ owned, kept }: Share, free: Set<number>, most: number): void {
  for (const shard of owned) {
    if (kept.length < most && free.delete(shard)) kept.push(shard)
  }
}

/** As many members as balance allows keep one more. */
function keepLarger(shares: readonly Share[], free: Set<number>, least: number): void {
  const claimed = shares.reduce((sum, { kept }) => sum + kept.length, 0)
  let larger = claimed + free.size - least * shares.length
  for (const share of shares) {
    if (larger === 0) return
    keepOwned(share, free, least + 1)
    if (share.kept.length > least) larger -= 1
  }
}

/** Hands the rest to whoever has least. */
function fillUp(shares: readonly Share[], free: ReadonlySet<number>, least: number): void {
  for (const shard of free) {
    const next =
      shares.find(({ kept }) => kept.length < least) ?? shares.find(({ kept }) => kept.length <= least)
    next?.kept.push(shard)
  }
}

export type AssignerOptions = {
  readonly topicNames: readonly string[]
  readonly partitions: number
  /** The shards this member holds now; asked at each join. */
  readonly owned: () => readonly number[]
}

/** The assigner as kafkajs wants it. The shards held travel as the member's user data, so any leader sees them. */
export function createAssigner(options: AssignerOptions): PartitionAssigner {
  return () => ({
    name: protocolName,
    version: protocolVersion,
    protocol: ({ topics }) => ({
      name: protocolName,
      metadata: AssignerProtocol.MemberMetadata.encode({
        version: protocolVersion,
        topics,
        userData: encodeShards(options.owned()),
      }),
    }),
    assign: async ({ members }) => {
      const shards = assignShards(options.partitions, members.map(decodeMember))
      return [...shards].map(([memberId, assigned]) => ({
        memberId,
        memberAssignment: AssignerProtocol.MemberAssignment.encode({
          version: protocolVersion,
          assignment: Object.fromEntries(options.topicNames.map((name) => [name, [...assigned]])),
          userData: Buffer.alloc(0),
        }),
      }))
    },
  })
}

function decodeMember(member: { readonly memberId: string; readonly memberMetadata: Buffer }): Member {
  const metadata = AssignerProtocol.MemberMetadata.decode(member.memberMetadata)
  return { memberId: member.memberId, owned: decodeShards(metadata?.userData) }
}

const shardBytes = 4

function encodeShards(shards: readonly number[]): Buffer {
  const data = Buffer.alloc(shards.length * shardBytes)
  for (const [index, shard] of shards.entries()) data.writeInt32BE(shard, index * shardBytes)
  return data
}

function decodeShards(data: Buffer | undefined | null): readonly number[] {
  const count = Math.floor((data?.length ?? 0) / shardBytes)
  return Array.from({ length: count }, (_, index) => data?.readInt32BE(index * shardBytes) ?? -1)
}
