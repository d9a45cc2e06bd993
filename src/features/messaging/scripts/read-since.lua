-- read-since: how a channel stands, and what came after a place in it, as far as it is kept.
-- KEYS[1] info      hash, expires; made if missing, if that is asked for
-- KEYS[2] settings  hash
-- KEYS[3] history   stream
-- ARGV[1] freshEpoch  of the channel if it begins now; '' to leave it as it is, and to let it expire
-- ARGV[2] from        now, position, or instant (what came after `at`)
-- ARGV[3] epoch       of the position
-- ARGV[4] offset
-- ARGV[5] at          instant of the position, '' if it is not known; or the instant to begin after
-- ARGV[6] limit       of messages; 0 for none
-- ARGV[7] maxBytes    of their bodies together; one is given whatever its size
-- returns {} if there is no channel and none was made | {indexed, epoch, offset, at, missed up to, diverged, {id, body, …}, more, {setting, value, …}}
-- use: shared/channel.lua
-- use: shared/missed.lua
local now = now_ms()
if ARGV[1] == '' and redis.call('EXISTS', INFO) == 0 then return {} end
local epoch, offset, at = standing(ARGV[1], now)
local size, ttl = retention()
-- As long as somebody subscribes, the channel is not idle; not at each look, for it is written down.
if ARGV[1] ~= '' and redis.call('PTTL', INFO) < IDLE_MS / 2 then redis.call('PEXPIRE', INFO, ttl + IDLE_MS) end
trim(now - ttl, size, offset)

local channel = { epoch = epoch, offset = offset, at = at, size = size, kept_from = now - ttl }
local after, missed, diverged = offset, '', false
if ARGV[2] == 'instant' then
  after, missed = after_instant(tonumber(ARGV[5]), channel)
elseif ARGV[2] == 'position' then
  local place = { epoch = ARGV[3], offset = tonumber(ARGV[4]), at = tonumber(ARGV[5]) }
  after, missed, diverged = after_position(place, channel)
end

local rows, count, room, more = {}, 0, tonumber(ARGV[7]), 0
local limit = tonumber(ARGV[6])
local from = whole(after + 1)
while more == 0 and limit > 0 and after < offset do
  local found = redis.call('XRANGE', HISTORY, from, '+', 'COUNT', 50)
  if #found == 0 then break end
  for _, entry in ipairs(found) do
    if count >= limit or room <= 0 then more = 1 break end
    rows[#rows + 1], rows[#rows + 2] = entry[1], entry[2][2]
    count, room = count + 1, room - #entry[2][2]
    from = '(' .. entry[1]
  end
end
local indexed = redis.call('HEXISTS', INFO, 'indexed')
local settings = redis.call('HGETALL', SETTINGS)
local standing = { indexed, epoch, whole(offset), whole(at) }
for _, value in ipairs({ missed, diverged and 1 or 0, rows, more, settings }) do standing[#standing + 1] = value end
return standing
