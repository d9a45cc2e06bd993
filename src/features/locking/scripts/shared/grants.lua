-- Shared by the scripts of locks and semaphores: who holds what, as one node knows it of a tenant. A place is what can be
-- held, `lock:<name>` or `permit:<name>`; a slot is one of the holders that it can have.
local PLACES, GRANTS, QUEUE, WAITERS, PROCESSES = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5]
-- No place's name: the highest number that was given out, as a token or as a ticket.
local CLOCK = ' clock'

local time = redis.call('TIME')
local NOW_MICROS = tonumber(time[1]) * 1000000 + tonumber(time[2])
local NOW = math.floor(NOW_MICROS / 1000)

local function whole(number) return string.format('%.0f', number) end

-- A number later than all before it: than those of other nodes by the clock, than this node's own by the last one.
local function number_after(last) return math.max(NOW_MICROS, (tonumber(last) or 0) + 1) end

local function packed(grant)
  return cmsgpack.pack(grant.ends, grant.places, grant.ttl, grant.since, grant.token, grant.confirmed, grant.owner,
    grant.metadata)
end
