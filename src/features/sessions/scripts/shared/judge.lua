-- How a token stands to its session, and what is stored of that: `live`; `old`, for a token that was replaced a moment ago;
-- `ended`; `late`; `wrong`, for another token; `changed`, if it was not written by a script of ours. What is shown to whoever
-- has the token is checked once more by the service, which alone can tell whether head and box belong together.
local function judged(id, verifier, key)
  local version = redis.call('HGET', LIVE, id:sub(3))
  if not version then return 'ended', '', '', '', '' end
  local rest = id:sub(19)
  local stored = redis.call('HMGET', SESSIONS, rest .. 'h', rest .. 'b', rest .. 's')
  local head, box, seen = stored[1] or '', stored[2] or '', stored[3] or ''
  local idle, ends, current, others = head:match('^%d+ (%d+) (%d+) (%S+) ()')
  local seen_at, mac = seen:match('^(%d+) (%x+)$')
  local standing = 'changed'
  if idle and seen_at then
    local is_late = is_over(seen_at, idle, ends)
    if current == verifier then
      if redis.sha1hex(key .. id .. seen_at) == mac then standing = is_late and 'late' or 'live' end
    else
      local previous, grace_ends = head:match('^(%S+) (%d+)$', others)
      if previous then standing = 'wrong' end
      if previous == verifier and NOW < tonumber(grace_ends) then standing = is_late and 'late' or 'old' end
    end
  end
  return standing, version, head, box, seen
end
