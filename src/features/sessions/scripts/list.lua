-- list: the sessions of an owner that are not over, the newest first.
-- KEYS[1] sessions  hash, the owner's sessions
-- KEYS[2] live      hash, sessions of the bucket that count, and their versions
-- KEYS[3] due       zset, the same by when to look whether they are over
-- KEYS[4] ended     zset, sessions that were ended, by when to forget that
-- KEYS[5] audit     list, what has to be told to the audit stream
-- ARGV[1] created  begin after the session of this instant, in ms; '' for the first
-- ARGV[2] rest     and, of those of the same instant, after this one
-- ARGV[3] limit    how many
-- ARGV[4] owner    in the ids of its sessions
-- returns {more, rest, version, head, box, seen, rest, …}
-- use: shared/session.lua
-- use: shared/standing.lua
local AFTER, AFTER_REST, LIMIT = tonumber(ARGV[1]), ARGV[2], tonumber(ARGV[3])
local found = {}
for _, session in ipairs(standing_sessions()) do
  local created = session.created
  if not AFTER or created < AFTER or (created == AFTER and session.rest < AFTER_REST) then
    found[#found + 1] = session
  end
end
table.sort(found, function(a, b) return is_older(b, a) end)
local shown, boxes, members = {}, {}, {}
for at = 1, math.min(#found, LIMIT) do
  shown[at] = found[at]
  boxes[at] = found[at].rest .. 'b'
  members[at] = ARGV[4] .. found[at].rest
end
local answer = { #found > LIMIT and '1' or '0' }
if #shown == 0 then return answer end
boxes = values_of(boxes)
local versions = redis.call('HMGET', LIVE, unpack(members))
for at, session in ipairs(shown) do
  answer[#answer + 1] = session.rest
  answer[#answer + 1] = versions[at] or ''
  answer[#answer + 1] = session.head
  answer[#answer + 1] = boxes[at] or ''
  answer[#answer + 1] = session.seen
end
return answer
