-- Reads what changed in a shard since a commit, and the cells of some scopes, all as of one instant. Writes nothing.
--
-- KEYS[1]  the shard's head, a hash: <prefix>:{<shard>}:head. Every other key lies beside it under the same hash tag.
-- ARGV[1]  id of the commit the reader has seen (empty: none)
-- ARGV[2]  MessagePack array of the scope keys whose cells are wanted
-- ARGV[3]  how many fields one call may read, so that it does not block Redis for long; at least one scope is always read
--
-- Answers {incremental, id, head, scopes, open, cells, journal}:
--   incremental  1, or 0 when the seen commit is not in the chain: then `scopes`, `open`, `journal` are empty and say nothing
--   id, head     of the last commit (empty and nil: none)
--   scopes       {scopeKey, ...} changed since
--   open         {key, value, ...} changed since; value nil: deleted
--   cells        {{field, value, ...}, ...} of the first scopes wanted, as many as fitted; an empty one: no such scope
--   journal      {sequence, value, ...} changed since; value nil: deleted

local CHAIN_PAGE = 16
local MAX_ARGUMENTS = 4000

local headKey, seenId = KEYS[1], ARGV[1]
local base = string.sub(headKey, 1, -5)
local standing = redis.call('HMGET', headKey, 'id', 'head')
local standingId = standing[1] or ''

local changedScopes, changedOpen, changedJournal = {}, {}, {}

local function addOnce(list, seen, keys)
  for _, key in ipairs(keys) do
    if not seen[key] then
      seen[key] = true
      list[#list + 1] = key
    end
  end
end

local function walkChain()
  if seenId == '' then
    return false
  end
  local seenScopes, seenOpen, seenJournal, from = {}, {}, {}, 0
  while true do
    local page = redis.call('LRANGE', base .. 'chain', from, from + CHAIN_PAGE - 1)
    for _, packed in ipairs(page) do
      local link = cmsgpack.unpack(packed)
      if link[1] == seenId then
        return true
      end
      addOnce(changedScopes, seenScopes, link[2])
      addOnce(changedOpen, seenOpen, link[3])
      addOnce(changedJournal, seenJournal, link[4] or {}) -- none in commits of the version before
    end
    if #page < CHAIN_PAGE then
      return false
    end
    from = from + CHAIN_PAGE
  end
end

local function readFields(name, keys)
  local pairsRead = {}
  for first = 1, #keys, MAX_ARGUMENTS do
    local last = math.min(first + MAX_ARGUMENTS - 1, #keys)
    local values = redis.call('HMGET', base .. name, unpack(keys, first, last))
    for i, value in ipairs(values) do
      pairsRead[#pairsRead + 1] = keys[first + i - 1]
      pairsRead[#pairsRead + 1] = value
    end
  end
  return pairsRead
end

local function readCells(scopeKeys, maxFields)
  local cells, fields = {}, 0
  for _, scopeKey in ipairs(scopeKeys) do
    if fields >= maxFields then
      break
    end
    local scope = redis.call('HGETALL', base .. 'cells:' .. scopeKey)
    fields = fields + #scope / 2
    cells[#cells + 1] = scope
  end
  return cells
end

local incremental = walkChain()
if not incremental then
  changedScopes, changedOpen, changedJournal = {}, {}, {}
end
local open = readFields('open', changedOpen)
local journal = readFields('journal', changedJournal)
local cells = readCells(cmsgpack.unpack(ARGV[2]), tonumber(ARGV[3]))
return { incremental and 1 or 0, standingId, standing[2], changedScopes, open, cells, journal }
