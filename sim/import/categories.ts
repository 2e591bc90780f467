export interface CategorySeed {
  readonly slug: string;
  readonly name: string;
}

const fallback: CategorySeed = { slug: 'giftware', name: 'Giftware' };

/** The first whose words a name holds is its category; the order settles what holds words of several ("CHRISTMAS CARD"). */
const table: readonly (CategorySeed & { readonly words: RegExp })[] = [
  category('christmas', 'Christmas', 'christmas|xmas|advent|santa|reindeer|snowman|bauble|tinsel'),
  category('easter', 'Easter', 'easter|bunn(?:y|ies)|chicks?'),
  category(
    'jewellery',
    'Jewellery',
    'necklaces?|bracelets?|earrings?|brooch|bangles?|rings?|pendants?|hair ?(?:clip|grip|slide|band|comb)s?|charms?|diamante',
  ),
  category('bags', 'Bags and purses', 'bags?|purses?|handbag|shopper|backpack|wallet|luggage|rucksack'),
  category(
    'stationery',
    'Cards and stationery',
    'cards?|wrap|notebooks?|pens?|pencils?|paper|envelopes?|stickers?|journal|tags?|ribbons?|sketchbook|crayons',
  ),
  category('lighting', 'Candles and lighting', 'candles?|t-?lights?|lanterns?|lights?|lamps?|lampshade|incense|nightlight'),
  category(
    'kitchen',
    'Kitchen and dining',
    'mugs?|cups?|bowls?|plates?|teapots?|tea|coffee|cake ?(?:stand|tin|case)s?|cakestand|jam|jars?|baking|kitchen|spoons?|cutlery|lunch ?box|napkins?|tray|glass(?:es)?|jugs?|egg|recipe|apron|bottles?|pantry',
  ),
  category('party', 'Party', 'party|bunting|balloons?|birthday|garlands?|confetti|invites?|paper chain'),
  category(
    'toys',
    'Toys and games',
    "toys?|games?|dolls?|dolly|puzzles?|jigsaw|skipping rope|spaceboy|soldier|marbles|playhouse|rocket|teddy|children'?s|kids?",
  ),
  category('garden', 'Garden', 'garden|plants?|watering|bird ?(?:house|table|feeder)s?|trowel|seeds?|flower ?pots?|parasol|picnic'),
  category(
    'textiles',
    'Textiles',
    'cushions?|covers?|throw|towels?|doormats?|blankets?|quilt|felt|tea towel|scarf|knitted|hot water bottle',
  ),
  category('storage', 'Storage', 'boxe?s?|tins?|storage|baskets?|drawers?|cabinet|crates?|hooks?|hangers?|rack|shelf'),
  category(
    'decoration',
    'Decoration',
    'signs?|frames?|mirrors?|clocks?|decorations?|hearts?|wall|wreath|ornaments?|vases?|door|knobs?|bells?|stars?|chandelier|holders?',
  ),
];

function category(slug: string, name: string, words: string): CategorySeed & { words: RegExp } {
  return { slug, name, words: new RegExp(`(?<![\\p{L}\\d])(?:${words})(?![\\p{L}\\d])`, 'iu') };
}

/** Every category that an import may use. */
export const categorySeeds: readonly CategorySeed[] = [...table.map(({ slug, name }) => ({ slug, name })), fallback];

/** The slug of the category that a product's name speaks of. */
export function categoryOf(name: string): string {
  return table.find(({ words }) => words.test(name))?.slug ?? fallback.slug;
}
