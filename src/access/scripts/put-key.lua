-- put-key: write an API key and its place in its tenant's list, at most once per operation.
-- KEYS[1] record     hash
-- KEYS[2] tenant     zset of ids, all scores 0
-- KEYS[3] operation  string, fingerprint and sealed answer, expires
-- ARGV[1] id
-- ARGV[2] mode         create: the record must not stand; replace: it must
-- ARGV[3] fingerprint  of the request, '' if it carries no idempotency key
-- ARGV[4] sealed       the answer, encrypted by the caller
-- ARGV[5] ttlMs
-- ARGV[6…] fields      field, value, field, value …
-- returns {'written'} | {'replayed', sealed} | {'reused'} | {'missing'} | {'exists'}
local fingerprint = ARGV[3]
if fingerprint ~= '' then
  local earlier = redis.call('GET', KEYS[3])
  if earlier then
    if earlier:sub(1, #fingerprint) ~= fingerprint then return { 'reused' } end
    return { 'replayed', earlier:sub(#fingerprint + 1) }
  end
end

local stands = redis.call('EXISTS', KEYS[1]) == 1
if ARGV[2] == 'replace' and not stands then return { 'missing' } end
if ARGV[2] == 'create' and stands then return { 'exists' } end

redis.call('DEL', KEYS[1])
redis.call('HSET', KEYS[1], unpack(ARGV, 6))
redis.call('ZADD', KEYS[2], 0, ARGV[1])
if fingerprint ~= '' then
  redis.call('SET', KEYS[3], fingerprint .. ARGV[4], 'PX', ARGV[5])
end
return { 'written' }
