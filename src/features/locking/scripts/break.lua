-- break: end whatever holds a place, and tell who is next.
-- KEYS[1] places     hash, place to who holds it, `<slot> <id> …`; and the last number that was given out
-- KEYS[2] grants     hash, id to what is held and by whom
-- KEYS[3] queue      zset of `<place> <ticket> <id>`, by name
-- KEYS[4] waiters    hash, id to who waits for what
-- KEYS[5] processes  zset of processes with waiters, by when they count as gone, in ms
-- ARGV[1] place
-- ARGV[2] topic  where processes listen
-- returns how many grants were ended
-- use: shared/grants.lua
local PLACE, TOPIC = ARGV[1], ARGV[2]
local holders, ended = holders_of(PLACE), {}
for at = 2, #holders, 2 do
  local grant = standing(holders[at])
  if grant then
    forget_grant(holders[at], grant)
    ended[#ended + 1] = grant
  end
end
for _, grant in ipairs(ended) do wake_after(grant, TOPIC) end
return #ended
