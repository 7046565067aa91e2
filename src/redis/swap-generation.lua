-- Makes a generation the live one, if nobody was faster.
--
-- KEYS[1]  the hash of generations: <prefix>:generations
-- ARGV[1]  name of the generation taken to be live (empty: the first)      ARGV[2]  name of the one to be live
--
-- Answers swapped | moved. Carried out again after a lost reply it changes nothing.

local live = redis.call('HGET', KEYS[1], 'live') or ''
if live == ARGV[2] then
  return 'swapped'
end
if live ~= ARGV[1] then
  return 'moved'
end
redis.call('HSET', KEYS[1], 'live', ARGV[2], 'former', ARGV[1])
redis.call('HDEL', KEYS[1], 'retired')
return 'swapped'
