-- Puts the latest snapshots where readers look them up; a lower revision never replaces a higher one.
--
-- KEYS[1]  the index, a sorted set of snapshot keys by the instant they expire: <prefix>:{latest}.
--          Each snapshot is a hash beside it, <prefix>:{latest}:<snapshot key>, with the fields revision and value.
-- ARGV[1]  MessagePack array: 1 time to live in ms, 2 {{key, revision, value}, ...}; without a value it is a tombstone,
--          whose revision is kept so that an older snapshot cannot bring the key back
--
-- Answers how many were put.

local request = cmsgpack.unpack(ARGV[1])
local ttlMs, records = tonumber(request[1]), request[2]
local base = KEYS[1] .. ':'
local time = redis.call('TIME')
local nowMs = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)

local put = 0
for _, record in ipairs(records) do
  local key, revision, value = record[1], record[2], record[3]
  local latestKey = base .. key
  local standing = redis.call('HGET', latestKey, 'revision')
  if not standing or tonumber(standing) <= tonumber(revision) then
    if value then
      redis.call('HSET', latestKey, 'revision', revision, 'value', value)
      redis.call('ZADD', KEYS[1], string.format('%.0f', nowMs + ttlMs), key)
    else
      redis.call('HSET', latestKey, 'revision', revision)
      redis.call('HDEL', latestKey, 'value')
      redis.call('ZREM', KEYS[1], key)
    end
    redis.call('PEXPIRE', latestKey, ttlMs)
    put = put + 1
  end
end
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', string.format('%.0f', nowMs))
return put
