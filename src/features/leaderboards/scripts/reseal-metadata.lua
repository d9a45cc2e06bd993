-- reseal-metadata: put documents in another form in the place of those that nobody has replaced since.
-- KEYS[1] metadata  hash, member to JSON or its sealed form
-- ARGV[1…] changes  member, document as it was read, the same in its other form, member, …
-- returns {1 for a document that was still the one that was read, 0 for one that was not, …}
local done = {}
for at = 1, #ARGV, 3 do
  local stands = redis.call('HGET', KEYS[1], ARGV[at]) == ARGV[at + 1]
  if stands then redis.call('HSET', KEYS[1], ARGV[at], ARGV[at + 2]) end
  done[#done + 1] = stands and 1 or 0
end
return done
