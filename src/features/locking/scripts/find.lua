-- find: what a grant holds.
-- KEYS[1] places     hash, place to who holds it, `<slot> <id> …`; and the last number that was given out
-- KEYS[2] grants     hash, id to what is held and by whom
-- KEYS[3] queue      zset of `<place> <ticket> <id>`, by name
-- KEYS[4] waiters    hash, id to who waits for what
-- KEYS[5] processes  zset of processes with waiters, by when they count as gone, in ms
-- ARGV[1] id  of the grant
-- returns {place, …}, empty if there is no such grant
-- use: shared/grants.lua
local grant = standing(ARGV[1])
return grant and grant.places or {}
