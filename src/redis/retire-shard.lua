-- Retires a shard of a generation that is no longer live: its writers are fenced, and nobody takes it again.
--
-- KEYS[1]  the shard's head, a hash: <prefix>:{<shard>}:head
--
-- Answers the head as the last commit left it (nil: none). Carried out again it changes nothing.

redis.call('HSET', KEYS[1], 'retired', '1', 'epoch', 'retired')
return redis.call('HGET', KEYS[1], 'head')
