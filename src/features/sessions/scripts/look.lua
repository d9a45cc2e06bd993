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
  local member, rest = owner_and_rest(id)
  local version = redis.call('HGET', LIVE, member)
  found[at] = {}
  if version then
    local stored = redis.call('HMGET', SESSIONS, rest .. 'h', rest .. 'b', rest .. 's')
    local _, idle, ends = parts_of(stored[1] or '')
    local seen_at = (stored[3] or ''):match('^(%d+) ')
    local is_late = idle and seen_at and is_over(tonumber(seen_at), tonumber(idle), tonumber(ends))
    if not is_late then found[at] = { version, stored[1] or '', stored[2] or '', stored[3] or '' } end
  end
end
return found
