-- remove-entry: take a member off a board or an archived season.
-- KEYS[1] info      hash
-- KEYS[2] entries   zset
-- KEYS[3] arrivals  hash
-- KEYS[4] metadata  hash
-- KEYS[5] scores    zset of the distinct scores
-- KEYS[6] watch     string, how many first entries are watched by live clients
-- ARGV[1] member
-- ARGV[2] channel  where changes are announced
-- returns {'missing'} | {'season-due'} | {'absent'} | {'removed'}
-- use: shared/board.lua
-- fence
local board = load_board()
if not board then return { 'missing' } end
if board.due then return { 'season-due' } end

local element = element_of(board, ARGV[1])
if not element then return { 'absent' } end
local stored = tonumber(redis.call('ZSCORE', ENTRIES, element))
local rank = redis.call('ZRANK', ENTRIES, element) + 1
drop(board, element, stored)
-- Only an archived season counts its entries in a field.
if redis.call('HEXISTS', INFO, 'total') == 1 then redis.call('HINCRBY', INFO, 'total', -1) end
announce(KEYS[6], ARGV[2], rank)
return { 'removed' }
