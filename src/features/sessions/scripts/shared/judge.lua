-- How a token stands to its session, and what is stored of it: `live`; `old`, for a token that was replaced a moment ago;
-- `ended`; `late`; `wrong`, for another token; `changed`, if it was not written by a script of ours. What is shown to whoever
-- has the token is checked once more by the service, which alone can tell whether head and box belong together.
local function judged(id, verifier, key)
  local member, rest = owner_and_rest(id)
  local version = redis.call('HGET', LIVE, member)
  if not version then return 'ended', {} end
  local stored = redis.call('HMGET', SESSIONS, rest .. 'h', rest .. 'b', rest .. 's')
  local found = { version = version, head = stored[1] or '', box = stored[2] or '', seen = stored[3] or '' }
  local _, idle, ends, current, previous, grace_ends = parts_of(found.head)
  local seen_at, mac = found.seen:match('^(%d+) (%x+)$')
  if not idle or not seen_at then return 'changed', found end
  local is_late = is_over(tonumber(seen_at), tonumber(idle), tonumber(ends))
  if current == verifier then
    if redis.sha1hex(key .. id .. seen_at) ~= mac then return 'changed', found end
    return is_late and 'late' or 'live', found
  end
  if previous == verifier and NOW < tonumber(grace_ends) then return is_late and 'late' or 'old', found end
  return 'wrong', found
end

-- What the service needs to show a session, or to see why it may not be shown.
local function shown(standing, found)
  return { standing, found.version or '', found.head or '', found.box or '', found.seen or '' }
end
