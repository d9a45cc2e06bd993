-- retire-tenant: forget a tenant that has no job, unless somebody may rely on its registration to create one.
-- KEYS[1] tenants  zset, tenants by when they were registered last
-- ARGV[1] tenant
-- ARGV[2] idleMs  how long ago that has to be
-- returns 1 | 0 if it stays
local registered = redis.call('ZSCORE', KEYS[1], ARGV[1])
local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
if not registered or now - tonumber(registered) < tonumber(ARGV[2]) then return 0 end
return redis.call('ZREM', KEYS[1], ARGV[1])
