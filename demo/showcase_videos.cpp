// The videos of tenant_showcase. To add one, add a line; to change one, edit it: a test checks that every
// line would pass as an upload. Ages count back from the server's start.
#include "demo/tenant.hpp"

#include <array>

namespace kinora::demo {

namespace {

using namespace std::chrono_literals;

using row = video_row;

constexpr auto day = 24h;
constexpr auto week = 7 * day;
constexpr auto month = 30 * day;
constexpr row::duration none;

// id, title, creator, tags, score, seconds, rating, language, age[, expires in[, playback url[, metadata]]]
constexpr std::array table{
    // -- Showcase itself, without a creator --------------------------------------------------------------
    row{"app-tour", "Showcase in ninety seconds: what is new this month", "", "showcase", 30, 90, "G", "en",
        6 * day, none, "https://static.demo.invalid/app-tour.mp4"},
    row{"community-guidelines", "How we keep Showcase kind", "", "showcase", 18, 130, "G", "en", none, none,
        "https://static.demo.invalid/community-guidelines.mp4"},
    row{"viewer-mailbag", "Your letters, read aloud", "", "showcase comedy", 40, 1200, "G", "en", 4 * day},

    // -- orbit_desk: two engineers who left the launch pad -----------------------------------------------
    row{"launch-window-live", "Live: waiting for the launch window", "orbit_desk", "science space live", 88,
        7200, "PG", "en", 35min, 40min, "https://live.demo.invalid/launch-window.m3u8"},
    row{"moons-of-saturn", "One hour with the moons of Saturn", "orbit_desk", "science space documentary", 85,
        3672, "G", "en", 41 * day, none, "", R"({"subtitles":["en","de","fr"],"season":2,"episode":1})"},
    row{"dust-devil-on-mars", "A dust devil crosses the crater floor", "orbit_desk", "science space", 78, 41,
        "G", "en", 5h},
    row{"reentry-from-inside", "Re-entry, filmed from the inside", "orbit_desk", "science space", 74, 92, "G",
        "en", 9h},
    row{"cubesat-kitchen-table", "We built a satellite on a kitchen table", "orbit_desk", "science space diy",
        71, 1325, "G", "en", 6 * day},
    row{"black-hole-shadow", "How to photograph the shadow of a black hole", "orbit_desk",
        "science space physics", 69, 934, "PG", "en", 3 * week},
    row{"why-stations-hum", "Why a space station is never quiet", "orbit_desk", "science space", 64, 512, "G",
        "en", 2 * day},
    row{"spacesuit-laundry", "Nobody washes a spacesuit", "orbit_desk", "science space comedy", 58, 203, "G",
        "en-GB", 30h},
    row{"longest-rope-in-orbit", "The longest rope in orbit, and what it taught us", "orbit_desk",
        "science space history", 45, 1180, "G", "en", 4 * month},

    // -- tiny_lab: experiments for the kitchen table -----------------------------------------------------
    row{"slow-motion-popcorn", "Popcorn at 10,000 frames a second", "tiny_lab", "science food", 76, 64, "G",
        "en", 3 * day},
    row{"egg-drop", "Eleven ways to drop an egg", "tiny_lab", "science kids", 61, 421, "G", "en", 20h},
    row{"lemon-battery", "Light a lamp with six lemons", "tiny_lab", "science kids diy", 52, 318, "G", "en",
        11 * day},
    row{"pendulum-wave", "Fifteen pendulums make a wave", "tiny_lab", "science physics", 47, 132, "G", "en",
        17 * day},
    row{"magnets-and-honey", "Do magnets work in honey?", "tiny_lab", "science physics kids", 38, 187, "G",
        "en", 2 * month},
    row{"rainbow-in-a-jar", "A rainbow in a jar", "tiny_lab", "science kids", 29, 95, "G", "en", 5 * month},

    // -- nonnas_table: one kitchen, flour on the lens ----------------------------------------------------
    row{"cacio-e-pepe-trick", "Cacio e pepe without lumps", "nonnas_table", "cooking pasta recipes", 83.5,
        174, "G", "en", 7h, none, "", R"({"servings":2,"minutes":15})"},
    row{"sunday-ragu", "The ragu that takes all Sunday", "nonnas_table", "cooking pasta recipes", 72, 1560,
        "G", "en", 26h, none, "", R"({"servings":8,"minutes":360})"},
    row{"orecchiette-by-hand", "Orecchiette by hand, with one knife", "nonnas_table", "cooking pasta", 66,
        845, "G", "en", 4 * day},
    row{"ravioli-butter-sage", "Ravioli with butter and sage", "nonnas_table", "cooking pasta recipes", 54,
        702, "G", "en", 13 * day},
    row{"pasta-water-explained", "What pasta water really does", "nonnas_table", "cooking pasta science", 49,
        288, "G", "en", 5 * week},
    row{"gnocchi-potato-test", "Which potato makes the best gnocchi? We tried nine", "nonnas_table",
        "cooking food", 43, 1043, "G", "en", 3 * month},
    row{"lasagne-for-forty", "Lasagne for forty people", "nonnas_table", "cooking pasta", 33, 1912, "G", "en",
        6 * month},

    // -- proofing_drawer: bread and patience -------------------------------------------------------------
    row{"stand-mixer-review", "Six stand mixers, one dough (paid partnership)", "proofing_drawer",
        "baking cooking sponsored", 79, 955, "G", "en", 12h},
    row{"burnt-cheesecake", "Burnt cheesecake, on purpose", "proofing_drawer", "baking cooking recipes", 73,
        540, "G", "en", 16h, none, "", R"({"servings":10,"minutes":75})"},
    row{"croissant-lamination", "Croissants: 27 layers, no shortcuts", "proofing_drawer",
        "baking cooking recipes", 68, 1420, "G", "en", 2 * day},
    row{"focaccia-garden", "A garden drawn on focaccia", "proofing_drawer", "baking art cooking", 57, 58, "G",
        "en", 90min},
    row{"rye-starter-day-one", "A rye starter from nothing: day one", "proofing_drawer", "baking cooking", 46,
        390, "G", "en", 8 * day},
    row{"oven-spring", "What makes bread rise in the oven", "proofing_drawer", "baking science", 35, 611, "G",
        "en-GB", 9 * week},

    // -- kuechenlabor: kitchen questions, answered in German ---------------------------------------------
    row{"kaesespaetzle", "Kässpätzle wie im Allgäu", "kuechenlabor", "cooking recipes", 62, 655, "G", "de",
        8h},
    row{"brot-ohne-kneten", "Brot ohne Kneten, nach 18 Stunden", "kuechenlabor", "baking cooking", 55, 498,
        "G", "de", 5 * day},
    row{"salz-im-nudelwasser", "Wie viel Salz gehört ins Nudelwasser?", "kuechenlabor",
        "pasta cooking science", 51, 233, "G", "de-AT", 12 * day},
    row{"apfelstrudel", "Apfelstrudel, so dünn wie Zeitungspapier", "kuechenlabor", "baking recipes", 48,
        1210, "G", "de", 7 * week},
    row{"kartoffelsalat-streit", "Kartoffelsalat: Brühe oder Mayo?", "kuechenlabor", "cooking comedy", 44,
        377, "G", "de", 3 * day},

    // -- the_long_pass: football, every day, and every day among the most popular ------------------------
    row{"last-minute-volley", "The last-minute volley that won the derby", "the_long_pass",
        "football highlights", 97, 46, "G", "en", 2h},
    row{"harbour-vale-goals", "Harbour City 4-3 Vale Rovers: every goal", "the_long_pass",
        "football highlights", 96, 312, "G", "en", 5h, none, "",
        R"({"competition":"cup","round":"semi-final"})"},
    row{"keeper-scores", "The goalkeeper scores from his own box", "the_long_pass", "football highlights", 95,
        38, "G", "en", 20h},
    row{"three-at-the-back", "Why everybody plays three at the back again", "the_long_pass",
        "football tactics", 94, 842, "G", "en", 3 * day},
    row{"penalties-nobody-tries", "Twelve penalties nobody should try", "the_long_pass",
        "football comedy highlights", 93, 267, "G", "en", 6 * day},
    row{"derby-night-live", "Live: derby night, the talk after the whistle", "the_long_pass", "football live",
        92, 5400, "PG", "en", 75min, 3h, "https://live.demo.invalid/derby-night.m3u8"},
    row{"free-kick-school", "Free-kick school: the dip", "the_long_pass", "football tactics", 91, 415, "G",
        "en", 9 * day},
    row{"womens-final-recap", "The women's final in nine minutes", "the_long_pass", "football highlights",
        90.5, 548, "G", "en", 2 * day},
    row{"misses-of-the-spring", "The worst misses of the spring", "the_long_pass", "football comedy", 89.5,
        196, "G", "en", 12 * day},
    row{"pressing-with-chess", "Pressing, explained with chess pieces", "the_long_pass", "football tactics",
        88.5, 733, "G", "en", 3 * week},
    row{"academy-day", "A day at the academy, from the first bus on", "the_long_pass", "football documentary",
        87.5, 1804, "G", "en", 5 * week},
    row{"street-nutmegs", "Nutmegs from a car park", "the_long_pass", "football", 87, 29, "G", "en", 40min},
    row{"golden-boot-race", "The race for the golden boot", "the_long_pass", "football", 86.5, 388, "G", "en",
        30h},
    row{"corner-coach", "The coach who only does corners", "the_long_pass", "football tactics documentary",
        85.5, 1122, "G", "en", 2 * month},
    row{"rain-match", "Ninety minutes of rain, one goal", "the_long_pass", "football highlights", 84.5, 274,
        "G", "en", 4 * day},
    row{"kit-drop", "All twenty new shirts, ranked", "the_long_pass", "football", 84, 902, "G", "en", 7h},
    row{"odds-of-the-round", "The odds of the round", "the_long_pass", "football gambling", 82, 305, "G",
        "en", 6h},
    row{"offside-in-two-minutes", "Offside in two minutes, really", "the_long_pass", "football", 71, 121, "G",
        "en", 4 * month},
    row{"four-grounds-one-day", "Four grounds in one day", "the_long_pass", "football travel", 66, 1533, "G",
        "en", 6 * week},
    row{"transfer-rumours", "Transfer rumours, checked", "the_long_pass", "football news", 63, 347, "G", "en",
        50h},
    row{"final-of-1974", "A final from 1974, in colour", "the_long_pass", "football history", 59, 2210, "G",
        "en", 8 * month},
    row{"injury-time-podcast", "Injury time: the long episode", "the_long_pass", "football talks", 41, 6720,
        "PG", "en", 10 * day},

    // -- cobble_and_col: cycling, uphill -----------------------------------------------------------------
    // ---------------------------------------------------------------------
    row{"hour-record-attempt", "Live: an attempt at the hour record", "cobble_and_col", "cycling live", 82,
        3660, "G", "en", 3h, 6h, "https://live.demo.invalid/hour-record.m3u8"},
    row{"cobbles-onboard", "Onboard: forty kilometres of cobbles", "cobble_and_col", "cycling highlights", 77,
        1260, "G", "en", 10h},
    row{"gravel-bivouac", "Two nights, one gravel bike, no tent", "cobble_and_col", "cycling travel", 65,
        2420, "G", "en", 8 * day},
    row{"alpine-pass-at-dawn", "An alpine pass at dawn, without a cut", "cobble_and_col",
        "cycling travel nature", 60, 3180, "G", "en", 2 * week},
    row{"helmet-camera-test", "Five helmet cameras (paid partnership)", "cobble_and_col", "cycling sponsored",
        59, 721, "G", "en", 33h},
    row{"index-your-gears", "Index your gears in ten minutes", "cobble_and_col", "cycling diy", 53, 618, "G",
        "en", 3 * month},
    row{"couriers-day", "A courier's day: 112 km, 31 parcels", "cobble_and_col", "cycling documentary", 42,
        1345, "PG", "en", 5 * week},

    // -- blue_hour_sessions: jazz, mostly in one take ----------------------------------------------------
    // --------------------------------------------------------
    row{"boiler-room-trio", "A trio in the boiler room", "blue_hour_sessions", "music jazz live", 89, 2734,
        "G", "en", 4h},
    row{"late-set-tonight", "Live tonight: the late set", "blue_hour_sessions", "music jazz live", 80, 5400,
        "G", "en", -25min, 4h, "https://live.demo.invalid/late-set.m3u8"},
    row{"midnight-ballads", "Midnight ballads, one take", "blue_hour_sessions", "music jazz", 70, 1876, "G",
        "en", 2 * day},
    row{"bass-under-the-station", "A bass solo under the station", "blue_hour_sessions", "music jazz", 67, 83,
        "G", "en", 11h},
    row{"brushes-lesson", "What brushes can do", "blue_hour_sessions", "music jazz", 50, 488, "G", "en",
        16 * day},
    row{"hard-bop-walkthrough", "A hard bop tune, chorus by chorus", "blue_hour_sessions", "music jazz talks",
        39, 1105, "G", "en", 2 * month},
    row{"big-band-rehearsal", "Big band rehearsal, seen from the third trombone", "blue_hour_sessions",
        "music jazz", 34, 2950, "G", "en", 4 * month},

    // -- crate_digger: records, dust included ------------------------------------------------------------
    // ----------------------------------------------------------------
    row{"city-pop-night-drive", "City pop for a night drive", "crate_digger", "music vinyl japan", 74, 2188,
        "G", "en", 27h},
    row{"pressing-plant", "Inside a pressing plant", "crate_digger", "music vinyl documentary", 63, 1510, "G",
        "en", 3 * week},
    row{"soul-45s", "Ten soul 45s from one flea market", "crate_digger", "music vinyl", 56, 934, "G", "en",
        6 * day},
    row{"ambient-side-b", "Side B: forty minutes of ambient", "crate_digger", "music", 31, 2401, "G", "en",
        7 * month},

    // -- pixel_orchard: small games, looked at closely ---------------------------------------------------
    // -------------------------------------------------------
    row{"lantern-demo", "Lantern: an hour with the demo", "pixel_orchard", "indie_games", 87.2, 3590, "PG",
        "en", 14h},
    row{"made-in-a-weekend", "Made in a weekend: the jam's best ten", "pixel_orchard", "indie_games", 75,
        1288, "G", "en", 3 * day},
    row{"loot-boxes-explained", "How loot boxes are tuned", "pixel_orchard", "indie_games gambling", 68, 1190,
        "PG-13", "en", 7 * day},
    row{"devlog-snow", "Devlog: how we faked snow", "pixel_orchard", "indie_games programming", 62, 742, "G",
        "en", 9 * day},
    row{"horror-teahouse", "Teahouse: a horror game without blood", "pixel_orchard", "indie_games japan", 59,
        1402, "PG-13", "en", 40h},
    row{"farming-and-letting-go", "A farming game about letting go", "pixel_orchard", "indie_games", 55, 655,
        "G", "en", 3 * week},
    row{"one-more-run", "What makes one more run", "pixel_orchard", "indie_games talks", 48, 1811, "PG", "en",
        2 * month},

    // -- any_percent: speedruns and those who run them ---------------------------------------------------
    // -------------------------------------------------------
    row{"run-of-eleven-years", "The run that took eleven years", "any_percent", "speedrun retro", 92.5, 1942,
        "PG", "en", 8h},
    row{"marathon-live", "Live: the 48-hour speedrun marathon", "any_percent", "speedrun live", 79, 7200,
        "PG", "en", 100min, 30h, "https://live.demo.invalid/marathon.m3u8"},
    row{"blindfolded-platformer", "Blindfolded, in fourteen minutes", "any_percent", "speedrun comedy", 72,
        867, "PG", "en", 4 * day},
    row{"glitch-hunters", "The people who hunt glitches", "any_percent", "speedrun documentary", 70, 2680,
        "PG", "en", 12 * day},
    row{"wall-clip", "A wall clip, frame by frame", "any_percent", "speedrun retro", 46, 211, "G", "en",
        19 * day},

    // -- slow_rails: trains, ferries, timetables ---------------------------------------------------------
    // -------------------------------------------------------------
    row{"night-train-north", "Night train north: berth 31", "slow_rails", "travel trains", 86, 2512, "G",
        "en-GB", 9h},
    row{"viaduct-cab-ride", "Cab ride over the long viaduct", "slow_rails", "travel trains", 69, 3300, "G",
        "en", 45h},
    row{"narrow-gauge-winter", "A narrow-gauge winter", "slow_rails", "travel trains nature", 60, 1977, "G",
        "en-GB", 3 * week},
    row{"seven-ferries", "Seven ferries to an island of nine", "slow_rails", "travel", 52, 1740, "G", "en-GB",
        10 * day},
    row{"dining-car", "What happened to the dining car", "slow_rails", "trains history food", 44, 1263, "G",
        "en-GB", 2 * month},
    row{"station-clock", "The station clock that waits", "slow_rails", "trains history", 27, 344, "G", "en",
        6 * month},

    // -- tokyo_backstreets: small doors, in two languages ------------------------------------------------
    // ----------------------------------------------------
    row{"standing-sushi-lunch", "Lunch at a standing sushi bar", "tokyo_backstreets", "travel japan food",
        85.2, 604, "G", "en", 18h},
    row{"ramen-night-shift", "深夜のラーメン屋台", "tokyo_backstreets", "japan food cooking", 71, 913, "G",
        "ja", 2 * day},
    row{"street-of-knives", "A street that only sells knives", "tokyo_backstreets", "travel japan cooking",
        61, 1044, "G", "en", 8 * day},
    row{"kissaten-morning", "朝の喫茶店、三軒", "tokyo_backstreets", "japan food", 57, 742, "G", "ja", 6h},
    row{"temple-night", "One night in a mountain temple", "tokyo_backstreets", "travel japan history", 50,
        1650, "G", "en", 5 * week},
    row{"tram-line-saved", "路面電車を守った町", "tokyo_backstreets", "japan trains documentary", 40, 1422,
        "G", "ja", 3 * month},

    // -- footnotes: history from its margins -------------------------------------------------------------
    // -----------------------------------------------------------------
    row{"when-bronze-ran-out", "The year the bronze ran out", "footnotes", "history documentary", 73, 2710,
        "PG", "en", 3 * day},
    row{"roman-concrete", "Why Roman concrete heals itself", "footnotes", "history science", 70, 765, "G",
        "en", 4 * day},
    row{"typists-and-codes", "The typists who broke a code", "footnotes", "history documentary", 67, 3120,
        "PG", "en", 5 * week},
    row{"siege-menu", "What a city eats during a siege", "footnotes", "history food", 64, 1340, "PG", "en",
        22h},
    row{"map-without-a-coast", "A map that left out the coast on purpose", "footnotes", "history", 58, 823,
        "G", "en", 12 * day},
    row{"letters-from-the-trench", "Letters from the trench", "footnotes", "history documentary", 54, 2890,
        "R", "en", 2 * month},
    row{"worst-harbour", "Nobody wanted this harbour", "footnotes", "history", 25, 1102, "G", "en",
        5 * month},

    // -- shavings: wood, hand tools ----------------------------------------------------------------------
    // ----------------------------------------------------------------------------
    row{"dovetails-one-saw", "Dovetails with one saw", "shavings", "woodworking diy", 84.2, 1210, "G", "en",
        13h},
    row{"joint-without-glue", "A joint without glue, six centuries old", "shavings",
        "woodworking japan history", 77, 1388, "G", "en", 31h},
    row{"windsor-chair", "A Windsor chair, from log to seat", "shavings", "woodworking", 65, 3481, "G", "en",
        8 * day},
    row{"workbench-from-pallets", "A workbench from eleven pallets", "shavings", "woodworking diy home", 62,
        1690, "G", "en", 17 * day},
    row{"sharp-enough", "Sharp enough in four minutes", "shavings", "woodworking diy", 56, 244, "G", "en",
        2 * day},
    row{"spoon-from-a-branch", "A spoon from one branch", "shavings", "woodworking", 47, 1133, "G", "en",
        4 * week},

    // -- flat_fixers: for people with one drawer of tools ------------------------------------------------
    // ----------------------------------------------------
    row{"renters-insulation", "Insulation for renters", "flat_fixers", "diy home climate", 66, 883, "G", "en",
        28h},
    row{"drill-deals", "This week's drill deals (paid partnership)", "flat_fixers", "diy sponsored", 64, 240,
        "G", "en", 4h, 3 * day},
    row{"shelf-that-holds", "A shelf that holds", "flat_fixers", "diy home woodworking", 59, 462, "G", "en",
        7 * day},
    row{"leaky-tap", "The leaky tap, once and for all", "flat_fixers", "diy home", 41, 371, "G", "en",
        6 * week},
    row{"paint-a-ceiling", "Paint a ceiling without a stiff neck", "flat_fixers", "diy home", 36, 518, "G",
        "en", 2 * month},
    row{"which-drill-bit", "Which drill bit is this?", "flat_fixers", "diy", 28, 197, "G", "en", none},

    // -- paper_moon: drawn, cut out and filmed -----------------------------------------------------------
    // ---------------------------------------------------------------
    row{"fox-and-lighthouse", "The fox and the lighthouse", "paper_moon", "animation kids original", 90, 542,
        "G", "en", 15h, none, "", R"({"series":"the fox","season":1,"episode":4})"},
    row{"fox-and-fog", "The fox and the fog", "paper_moon", "animation kids original", 78, 537, "G", "en",
        8 * day, none, "", R"({"series":"the fox","season":1,"episode":3})"},
    row{"paper-planets", "Paper planets", "paper_moon", "animation kids space", 68, 365, "G", "en", 50h},
    row{"tea-party-of-photographs", "A tea party of 4,000 photographs", "paper_moon", "animation art", 63,
        187, "G", "en", 2 * week},
    row{"drawing-rain", "How we draw rain", "paper_moon", "animation art", 49, 706, "G", "en", 2 * month},

    // -- little_owls: for the smallest -------------------------------------------------------------------
    // -----------------------------------------------------------------------
    row{"bedtime-hedgehog", "Bedtime with the hedgehog", "little_owls", "kids animals", 60, 418, "G", "en",
        21h},
    row{"counting-trains", "Counting trains to twenty", "little_owls", "kids trains", 55, 241, "G", "en",
        3 * day},
    row{"baking-the-alphabet", "Baking the alphabet", "little_owls", "kids baking cooking", 51, 634, "G",
        "en", 36h},
    row{"dinosaur-names", "Say it slowly: dinosaur names", "little_owls", "kids science", 45, 305, "G", "en",
        10 * day},
    row{"songs-for-quiet-hands", "Songs for quiet hands", "little_owls", "kids music", 32, 512, "G", "",
        4 * month},

    // -- plain_ledger: money, without slogans ------------------------------------------------------------
    // ----------------------------------------------------------------
    row{"rate-decision", "The rate decision in ten minutes", "plain_ledger", "finance news", 74, 611, "PG",
        "en", 110min},
    row{"day-trading-diary", "Ninety days of day trading: a diary", "plain_ledger", "finance gambling", 70,
        2100, "PG-13", "en", 5 * day},
    row{"rent-or-buy", "Rent or buy? The sums", "plain_ledger", "finance home", 61, 1044, "G", "en", 3 * day},
    row{"savings-app", "The savings app we use (paid partnership)", "plain_ledger", "finance sponsored", 56,
        388, "G", "en", 1 * day},
    row{"index-funds", "Index funds, in plain words", "plain_ledger", "finance talks", 53, 1922, "G", "en",
        5 * week},
    row{"inflation-basket", "Who decides what is in the basket", "plain_ledger", "finance documentary", 37,
        1310, "G", "en", 3 * month},

    // -- warm_front: climate, on foot --------------------------------------------------------------------
    // ------------------------------------------------------------------------
    row{"heat-pump-street", "One street, forty heat pumps", "warm_front", "climate documentary home", 72,
        1822, "G", "en", 19h},
    row{"reading-a-glacier", "Reading a glacier like a gauge", "warm_front", "climate science nature", 58,
        1133, "G", "en", 9 * day},
    row{"storm-names", "Who names the storms", "warm_front", "climate news", 46, 488, "G", "en", 2 * day},
    row{"peat-bog-walk", "A walk through a peat bog", "warm_front", "climate nature", 33, 1544, "G", "en-GB",
        4 * month},

    // -- morning_wire: the news, short -------------------------------------------------------------------
    // -----------------------------------------------------------------------
    row{"morning-wire-today", "Morning Wire: five stories in five minutes", "morning_wire", "news", 86.2, 301,
        "PG", "en", 3min, 9h},
    row{"morning-wire-noon", "Morning Wire: the noon edition", "morning_wire", "news", 84.8, 288, "PG", "en",
        -12min, 9h},
    row{"storm-coast-live", "Live: the storm reaches the coast", "morning_wire", "news climate live", 81,
        5400, "PG", "en", 25min, 3h, "https://live.demo.invalid/storm-coast.m3u8"},
    row{"mayoral-debate", "Live: the mayoral debate", "morning_wire", "news live", 76, 5400, "PG", "en", 30h,
        -2h, "https://live.demo.invalid/debate.m3u8"},
    row{"harbour-strike", "The harbour strike, day nine", "morning_wire", "news", 65, 233, "PG", "en", 70min},
    row{"budget-vote", "The budget vote, and who changed sides", "morning_wire", "news finance", 62, 415,
        "PG", "en", 4h},
    row{"weekend-quiz", "The weekend news quiz", "morning_wire", "news comedy", 43, 377, "PG", "en", 2 * day},
    row{"press-freedom", "The year in press freedom", "morning_wire", "news talks", 28, 4100, "PG-13", "en",
        3 * month},

    // -- deadpan_club: comedy without a laugh track ------------------------------------------------------
    // ----------------------------------------------------------
    row{"elevator-pitch", "An elevator pitch, in an elevator", "deadpan_club", "comedy", 91.5, 58, "PG", "en",
        6h},
    row{"late-show-uncut", "The late show, uncut", "deadpan_club", "comedy live", 77, 3540, "R", "en", 26h},
    row{"meeting-about-meetings", "A meeting about meetings", "deadpan_club", "comedy", 75, 163, "PG", "en",
        2 * day},
    row{"right-heckler", "The heckler who was right", "deadpan_club", "comedy", 68, 512, "PG-13", "en", 11h},
    row{"office-plant-roast", "A roast of the office plant", "deadpan_club", "comedy", 52, 341, "PG-13", "en",
        15 * day},
    row{"forecast-by-a-father", "The forecast, read by a father", "deadpan_club", "comedy news", 47, 74, "G",
        "en", 4 * week},

    // -- atelier_lumiere: pictures and kitchens, in French -----------------------------------------------
    // ---------------------------------------------------
    row{"tarte-aux-pommes", "La tarte aux pommes de Mamie", "atelier_lumiere", "cooking baking recipes", 59,
        688, "G", "fr", 10h},
    row{"aquarelle-pluie", "Peindre la pluie à l'aquarelle", "atelier_lumiere", "art", 54, 1204, "G", "fr",
        3 * day},
    row{"velo-en-ville", "Un mois à vélo en ville", "atelier_lumiere", "cycling documentary", 48, 1366, "G",
        "fr-CA", 5 * day},
    row{"film-muet-piano", "Un film muet, un piano", "atelier_lumiere", "music art history", 42, 2233, "G",
        "fr", 20 * day},
    row{"lumiere-du-nord", "La lumière du Nord, sans filtre", "atelier_lumiere", "art travel", 36, 915, "G",
        "fr", 6 * week},

    // -- nordlicht: documentaries, in German -------------------------------------------------------------
    // -----------------------------------------------------------------
    row{"polarlicht", "Polarlicht im Zeitraffer", "nordlicht", "nature space", 69, 96, "G", "de", 14h},
    row{"letzter-nachtzug", "Der letzte Nachtzug", "nordlicht", "trains documentary travel", 57, 2704, "G",
        "de", 2 * day},
    row{"wattwandern", "Wattwandern bei Neumond", "nordlicht", "nature travel", 45, 1320, "G", "de",
        11 * day},
    row{"moor-und-klima", "Was das Moor fürs Klima tut", "nordlicht", "climate science", 39, 1105, "G", "de",
        6 * week},
    row{"uhrmacherin", "Die Uhrmacherin von nebenan", "nordlicht", "documentary diy", 34, 1841, "G", "de",
        4 * month},

    // -- cocina_de_barrio: neighbourhood kitchens, in Spanish --------------------------------------------
    // ------------------------------------------------
    row{"tortilla-cebolla", "Tortilla: ¿con o sin cebolla?", "cocina_de_barrio", "cooking recipes comedy", 67,
        402, "G", "es", 5h},
    row{"arroz-a-la-lena", "Arroz a la leña para veinte", "cocina_de_barrio", "cooking", 53, 1422, "G",
        "es-MX", 16 * day},
    row{"mercado-del-domingo", "El mercado del domingo", "cocina_de_barrio", "food travel", 46, 1010, "G",
        "es", 6 * day},
    row{"sobremesa", "Sobremesa: dos horas de charla", "cocina_de_barrio", "talks food", 26, 7080, "G", "es",
        2 * month},

    // -- roda_de_quintal: music and kitchens, in Portuguese ----------------------------------------------
    // --------------------------------------------------
    row{"roda-de-samba", "Roda de samba no quintal", "roda_de_quintal", "music live", 65, 2650, "G", "pt-BR",
        12h},
    row{"pao-de-queijo", "Pão de queijo em vinte minutos", "roda_de_quintal", "baking cooking", 49, 322, "G",
        "pt-BR", 3 * day},
    row{"choro-de-domingo", "Choro de domingo", "roda_de_quintal", "music jazz", 37, 1501, "G", "pt-BR",
        3 * week},

    // -- wild_margins: animals at the edge of town -------------------------------------------------------
    // -----------------------------------------------------------
    row{"otter-and-the-gate", "The otter that learned to open the gate", "wild_margins", "nature animals",
        94.5, 71, "G", "en", 7h},
    row{"fox-six-lanes", "A fox crosses six lanes", "wild_margins", "nature animals", 76, 52, "G", "en",
        1 * day},
    row{"deep-reef-lights", "Lights on a deep reef", "wild_margins", "nature science animals", 65, 1224, "G",
        "en", 5 * day},
    row{"swift-nest-live", "Live: the swifts' nest", "wild_margins", "nature animals live", 63, 7200, "G", "",
        50min, 20h, "https://live.demo.invalid/swift-nest.m3u8"},
    row{"hedgerow-year", "A hedgerow through one year", "wild_margins", "nature documentary", 51, 3105, "G",
        "en-GB", 7 * week},
    row{"hunting-season", "Hunting season", "wild_margins", "nature documentary", 44, 2310, "R", "en",
        2 * month},

    // -- code_and_coffee: programming talks --------------------------------------------------------------
    // ------------------------------------------------------------------
    row{"actors-in-plain-words", "Actors, in plain words", "code_and_coffee", "programming talks", 83, 2412,
        "G", "en", 21h},
    row{"boring-systems-keynote", "In praise of boring systems: the keynote", "code_and_coffee",
        "programming talks", 71, 7200, "G", "en", 3 * day},
    row{"cost-of-a-cache-line", "What a cache line costs", "code_and_coffee", "programming science", 60, 1733,
        "G", "en", 6 * day},
    row{"two-clocks", "Two clocks are never the same", "code_and_coffee", "programming talks physics", 55,
        3600, "G", "en", 15 * day},
    row{"parser-in-an-afternoon", "A parser in an afternoon", "code_and_coffee", "programming", 48, 5210, "G",
        "en", 5 * week},

    // -- late_bus: short films ---------------------------------------------------------------------------
    // -------------------------------------------------------------------------------
    row{"last-bus-home", "The last bus home", "late_bus", "short_film original", 80, 1122, "PG-13", "en", 17h,
        none, "", R"({"festival":"Harbour Shorts","award":"audience"})"},
    row{"salt-and-engine-oil", "Salt and engine oil", "late_bus", "short_film", 62, 1530, "R", "en", 4 * day},
    row{"red-room", "The red room", "late_bus", "short_film", 58, 1871, "NC-17", "en", 8 * day},
    row{"the-understudy", "The understudy", "late_bus", "short_film", 50, 1345, "PG-13", "en", 4 * week},
    row{"postcard-from-a-ferry", "A postcard from a ferry", "late_bus", "short_film travel", 45, 88, "G",
        "en", none},
    row{"festival-cut", "Festival cut", "late_bus", "short_film", 41, 1702, "not rated", "en", 3 * month},
    row{"night-untitled", "Night, untitled", "late_bus", "short_film art", 38, 933, "", "en", 2 * week},

    // -- run_club: for legs ------------------------------------------------------------------------------
    // ----------------------------------------------------------------------------------
    row{"night-section", "The night section of a 100-mile race", "run_club", "fitness documentary nature", 66,
        2933, "PG", "en", 9 * day},
    row{"five-kilometres", "From the couch to five kilometres: week one", "run_club", "fitness", 64, 744, "G",
        "en", 2 * day},
    row{"stiff-shoulders", "Ten minutes for stiff shoulders", "run_club", "fitness home", 57, 604, "G", "en",
        25h},
    row{"cadence-myth", "The myth of 180 steps", "run_club", "fitness science", 35, 522, "G", "en",
        3 * month},
};

} // namespace

std::span<const video_row> showcase_videos() {
  return table;
}

} // namespace kinora::demo
