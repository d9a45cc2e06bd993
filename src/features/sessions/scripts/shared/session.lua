-- Shared by the scripts of sessions. All sessions of one owner lie in one hash, with three fields each: `<rest>h`, its head;
-- `<rest>b`, its box, which only the service can open; `<rest>s`, when it was last seen. Which of them count is said by LIVE, with
-- the version of the box, and nowhere else: what is not there has ended, whatever lies in the hash.
local SESSIONS, LIVE, DUE, ENDED, AUDIT = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5]
-- How long it is remembered that a session has ended: longer than any request runs that could write it again.
local ENDED_MS = 3600000

local time = redis.call('TIME')
local NOW = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)

local function whole(number) return string.format('%.0f', number) end

-- An id is two letters for the bucket, sixteen for the owner and sixteen for the session.
local function owner_and_rest(id) return id:sub(3), id:sub(19) end

-- When a session was last seen, in a form that only those make who know its token: `key` follows from it, and is not stored.
local function seen_now(id, key)
  local at = whole(NOW)
  return at .. ' ' .. redis.sha1hex(key .. id .. at)
end

local function audit(event, id, who, reason)
  redis.call('RPUSH', AUDIT, '{"event":"' .. event .. '","sessionId":"' .. id .. '","at":' .. whole(NOW) ..
    ',"reason":"' .. reason .. '",' .. who .. '}')
end

-- Instants of a head are in ms since 1970; `-` and 0 stand for no earlier token.
local function parts_of(head)
  return head:match('^(%d+) (%d+) (%d+) (%S+) (%S+) (%d+)$')
end

local function is_over(seen_at, idle, ends) return NOW >= ends or NOW >= seen_at + idle end

local function forget(member, rest)
  redis.call('HDEL', SESSIONS, rest .. 'h', rest .. 'b', rest .. 's')
  redis.call('HDEL', LIVE, member)
  redis.call('ZREM', DUE, member)
end

local function revoke(id, who, reason)
  local member, rest = owner_and_rest(id)
  forget(member, rest)
  redis.call('ZADD', ENDED, whole(NOW + ENDED_MS), member)
  audit('revoked', id, who, reason)
end
