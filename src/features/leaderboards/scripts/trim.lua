-- trim: take the worst entries off a board that holds more than its capacity.
-- KEYS[1] info      hash
-- KEYS[2] entries   zset
-- KEYS[3] arrivals  hash
-- KEYS[4] metadata  hash
-- KEYS[5] scores    zset of the distinct scores
-- KEYS[6] watch     string, how many first entries are watched by live clients
-- ARGV[1] limit    how many to take off at the most
-- ARGV[2] channel  where changes are announced
-- returns how many are still too many
-- use: shared/board.lua
local board = load_board()
-- A season that should have ended keeps what it had; the next one begins empty.
if not board or not board.capacity or board.due then return 0 end
local excess = redis.call('ZCARD', ENTRIES) - board.capacity
if excess <= 0 then return 0 end
local count = math.min(excess, tonumber(ARGV[1]))
local worst = redis.call('ZRANGE', ENTRIES, -count, -1, 'WITHSCORES')
for at = 1, #worst, 2 do drop(board, worst[at], tonumber(worst[at + 1])) end
announce(KEYS[6], ARGV[2], board.capacity + excess - count + 1)
return excess - count
