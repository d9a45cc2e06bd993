-- look: what is stored of sessions of one owner, seen by nobody.
-- KEYS[1] sessions  hash, the owner's sessions
-- KEYS[2] live      hash, sessions of the bucket that count, and their versions
-- KEYS[3] due       zset, the same by when to look whether they are over
-- KEYS[4] ended     zset, sessions that were ended, by when to forget that
-- KEYS[5] audit     list, what has to be told to the audit stream
-- ARGV[1…] ids  of the sessions
-- returns {{version, head, box, seen} | {}, …}
-- use: shared/session.lua
local found = {}
for at, id in ipairs(ARGV) do
  local version, rest = redis.call('HGET', LIVE, id:sub(3)), id:sub(19)
  found[at] = {}
  if version then
    local stored = redis.call('HMGET', SESSIONS, rest .. 'h', rest .. 'b', rest .. 's')
    local head, seen = stored[1] or '', stored[3] or ''
    local idle, ends = head:match('^%d+ (%d+) (%d+) ')
    local seen_at = seen:match('^(%d+) ')
    local is_late = idle and seen_at and is_over(seen_at, idle, ends)
    if not is_late then found[at] = { version, head, stored[2] or '', seen } end
  end
end
return found
