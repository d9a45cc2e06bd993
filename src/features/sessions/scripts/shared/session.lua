-- Shared by the scripts of sessions. All sessions of one owner lie in one hash, with three fields each: `<rest>h`, its head;
-- `<rest>b`, its box, which only the service can open; `<rest>s`, when it was last seen. Which of them count is said by LIVE, with
-- the version of the box, and nowhere else: what is not there has ended, whatever lies in the hash.
--
-- An id is two letters for the bucket, sixteen for the owner and sixteen for the session; the last two are a member of LIVE, the
-- last is the rest. A head is `<created> <idle ms> <ends> <verifier> <verifier before> <grace ends>`: instants are in ms since
-- 1970, a verifier is the hash of a token, and `-` and 0 stand for no token before.
local SESSIONS, LIVE, DUE, ENDED, AUDIT = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5]

local time = redis.call('TIME')
local NOW = time[1] * 1000 + math.floor(time[2] / 1000)

local function whole(number) return string.format('%.0f', number) end

-- When a session was last seen, in a form that only those make who know its token: `key` follows from it, and is not stored.
local function seen_now(id, key)
  local at = whole(NOW)
  return at .. ' ' .. redis.sha1hex(key .. id .. at)
end

local function is_over(seen_at, idle, ends) return NOW >= tonumber(ends) or NOW >= seen_at + idle end
