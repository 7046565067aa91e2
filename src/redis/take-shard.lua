-- Takes a shard: raises its epoch, so that every former owner is fenced from here on.
--
-- KEYS[1]  the shard's head, a hash: <prefix>:{<shard>}:head
-- ARGV[1]  the clock in epoch milliseconds: keeps a Redis that lost its tail from handing out a counter twice
-- ARGV[2]  a random nonce
--
-- Answers {counter, id, head}: the new epoch's counter in decimal, the last commit's id (empty: none), the head (nil: none);
-- {retired} alone when its generation is no longer the live one.

if redis.call('HEXISTS', KEYS[1], 'retired') == 1 then
  return { 'retired' }
end
local head = redis.call('HMGET', KEYS[1], 'counter', 'id', 'head')
local counter = math.max((tonumber(head[1]) or 0) + 1, tonumber(ARGV[1]))
local counterText = string.format('%.0f', counter)
redis.call('HSET', KEYS[1], 'counter', counterText, 'epoch', counterText .. ':' .. ARGV[2])
return { counterText, head[2] or '', head[3] }
