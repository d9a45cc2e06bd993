-- find: what a grant holds.
-- KEYS[1] holders    zset of `<place> <slot> <id>`, by name
-- KEYS[2] grants     hash, id to what is held and by whom
-- KEYS[3] expiries   zset, id by when its grant ends, in ms
-- KEYS[4] queue      zset of `<place> <ticket> <id>`, by name
-- KEYS[5] waiters    hash, id to who waits for what
-- KEYS[6] processes  zset of processes with waiters, by when they count as gone, in ms
-- KEYS[7] fences     zset, place by its last token
-- KEYS[8] counters   hash, the last ticket and the highest token that was forgotten
-- ARGV[1] id  of the grant
-- returns {place, …}, empty if there is no such grant
-- use: shared/locks.lua
local places = {}
local grant = standing(ARGV[1])
if grant then for number, held in ipairs(grant.held) do places[number] = place_of(held) end end
return places
