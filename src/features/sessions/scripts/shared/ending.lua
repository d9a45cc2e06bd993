-- How long it is remembered that a session has ended: longer than any request runs that could write it again.
local ENDED_MS = 3600000

-- Writes down what has to be told to the audit stream, as JSON; `who` is the rest of its members.
local function audit(event, id, reason, who)
  redis.call('RPUSH', AUDIT, '{"event":"' .. event .. '","sessionId":"' .. id .. '","reason":"' .. reason .. '",' .. who)
end

local function revoke(id, who, reason)
  local member, rest = id:sub(3), id:sub(19)
  redis.call('HDEL', SESSIONS, rest .. 'h', rest .. 'b', rest .. 's')
  redis.call('HDEL', LIVE, member)
  redis.call('ZREM', DUE, member)
  redis.call('ZADD', ENDED, whole(NOW + ENDED_MS), member)
  redis.call('PEXPIRE', ENDED, ENDED_MS)
  audit('revoked', id, reason, who)
end
