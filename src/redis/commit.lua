-- Commits one batch of a shard, or nothing of it.
--
-- KEYS[1]  the shard's head, a hash: <prefix>:{<shard>}:head. Every other key lies beside it under the same hash tag.
-- ARGV[1]  one MessagePack array of strings (raw bytes) and arrays:
--    1 epoch        "<counter>:<nonce>" of the writer
--    2 previousId   id of the commit this one builds on
--    3 id           id of this commit
--    4 head         the shard's head, as core encoded it
--    5 chainLength  how many commits readers may lag behind before they must read everything
--    6 subjects to write  {key, value, key, value, ...}      7 subjects to delete  {key, ...}
--    8 scopes changed     {{scopeKey, {field, value, ...}, {field to delete, ...}}, ...}
--    9 scopes to drop     {scopeKey, ...}
--   10 open to write      {key, value, ...}                 11 open to delete      {key, ...}
--   12 journal to write   {sequence, value, ...}            13 journal to delete   {sequence, ...}
--
-- Answers {outcome, id}: outcome committed | fenced | diverged, id = that of the last commit standing now.
--
-- Redis does not roll back a script that fails. All reading and unpacking therefore comes first; the id is written last,
-- so a commit cut short is answered as not committed and, values being absolute, may be sent again.

local MAX_ARGUMENTS = 4000 -- unpack() refuses more than 8000 values; even, so that pairs stay together

local commit = cmsgpack.unpack(ARGV[1])
local headKey = KEYS[1]
local base = string.sub(headKey, 1, -5)

local epoch, previousId, id, head, chainLength = unpack(commit, 1, 5)
local subjectWrites, subjectDeletes, scopes, scopeDrops, openWrites, openDeletes = unpack(commit, 6, 11)
local journalWrites, journalDeletes = unpack(commit, 12, 13)

local standing = redis.call('HMGET', headKey, 'epoch', 'id')
local standingId = standing[2] or ''
if standing[1] ~= epoch then
  return { 'fenced', standingId }
end
if standingId ~= previousId then
  return { 'diverged', standingId }
end

local function callInChunks(command, key, arguments)
  for first = 1, #arguments, MAX_ARGUMENTS do
    local last = math.min(first + MAX_ARGUMENTS - 1, #arguments)
    if key then
      redis.call(command, key, unpack(arguments, first, last))
    else
      redis.call(command, unpack(arguments, first, last))
    end
  end
end

for i = 1, #subjectWrites, 2 do
  subjectWrites[i] = base .. 'subject:' .. subjectWrites[i]
end
callInChunks('MSET', nil, subjectWrites)
for i = 1, #subjectDeletes do
  subjectDeletes[i] = base .. 'subject:' .. subjectDeletes[i]
end
callInChunks('DEL', nil, subjectDeletes)

local changedScopes, keptScopes, goneScopes = {}, {}, {}
for _, scope in ipairs(scopes) do
  local scopeKey, writes, deletes = scope[1], scope[2], scope[3]
  local cellsKey = base .. 'cells:' .. scopeKey
  changedScopes[#changedScopes + 1] = scopeKey
  callInChunks('HSET', cellsKey, writes)
  callInChunks('HDEL', cellsKey, deletes)
  if #writes > 0 then
    keptScopes[#keptScopes + 1] = scopeKey
  elseif redis.call('EXISTS', cellsKey) == 0 then
    goneScopes[#goneScopes + 1] = scopeKey
  end
end
for _, scopeKey in ipairs(scopeDrops) do
  changedScopes[#changedScopes + 1] = scopeKey
  goneScopes[#goneScopes + 1] = scopeKey
  redis.call('UNLINK', base .. 'cells:' .. scopeKey)
end
callInChunks('SADD', base .. 'scopes', keptScopes)
callInChunks('SREM', base .. 'scopes', goneScopes)

-- Answers the keys that changed.
local function changeHash(name, writes, deletes)
  callInChunks('HSET', base .. name, writes)
  callInChunks('HDEL', base .. name, deletes)
  local changed = deletes
  for i = 1, #writes, 2 do
    changed[#changed + 1] = writes[i]
  end
  return changed
end

local changedOpen = changeHash('open', openWrites, openDeletes)
local changedJournal = changeHash('journal', journalWrites, journalDeletes)

redis.call('LPUSH', base .. 'chain', cmsgpack.pack({ id, changedScopes, changedOpen, changedJournal }))
redis.call('LTRIM', base .. 'chain', 0, tonumber(chainLength) - 1)
redis.call('HSET', headKey, 'head', head, 'id', id)
return { 'committed', id }
