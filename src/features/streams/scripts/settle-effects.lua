-- settle-effects: note that the effects of commits were applied, and then that their records may go.
--
-- Two steps, because the records by which a repeated effect is known lie in other slots: while a commit is `written`
-- they may not expire, once it is `applied` nobody applies it again and they may.
-- KEYS[1] outbox   zset, commits by when somebody else may apply their effects
-- KEYS[2] effects  hash, commit to group, id, deliveries, effects, state
-- ARGV[1] state    applied, or done: nothing is left to do
-- ARGV[2…] commits
-- returns how many are left
for at = 2, #ARGV do
  local commit = ARGV[at]
  local packed = redis.call('HGET', KEYS[2], commit)
  if packed then
    if ARGV[1] == 'done' then
      redis.call('ZREM', KEYS[1], commit)
      redis.call('HDEL', KEYS[2], commit)
    else
      local record = cmsgpack.unpack(packed)
      record[5] = ARGV[1]
      redis.call('HSET', KEYS[2], commit, cmsgpack.pack(record))
    end
  end
end
return redis.call('ZCARD', KEYS[1])
