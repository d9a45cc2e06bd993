-- register-tenant: note that a tenant is about to have a job, so that workers look for it.
-- KEYS[1] tenants  zset, tenants by when they were registered last
-- ARGV[1] tenant
-- returns 1
local time = redis.call('TIME')
redis.call('ZADD', KEYS[1], tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000), ARGV[1])
return 1
