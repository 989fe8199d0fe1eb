//! A map of the country around the museum, as a PMTiles file: one picture for every tile.

use pmtiles::{Compression, PmTilesWriter, TileCoord, TileType};

/// Every tile's picture: a pale field with an edge.
const PICTURE: &[u8] = include_bytes!("tile.png");

/// It goes no nearer.
const DEEPEST: u8 = 14;

/// Where the museum is, as parts of the world's width and height.
const MUSEUM: (f64, f64) = (0.492_76, 0.332_72);

/// Tiles so far around it are there.
const AROUND: u32 = 6;

/// Writes it. The file is there as long as what is given back.
pub(crate) fn written() -> tempfile::TempPath {
    let file = tempfile::Builder::new().suffix(".pmtiles").tempfile().expect("a file");
    let map =
        PmTilesWriter::new(TileType::Png).tile_compression(Compression::None).min_zoom(0).max_zoom(DEEPEST);
    let mut map = map.create(file.reopen().expect("the file")).expect("a map");
    for zoom in 0..=DEEPEST {
        let count = 1_u32 << zoom;
        let near = |part: f64| {
            let at = (part * f64::from(count)) as u32;
            at.saturating_sub(AROUND)..=(at + AROUND).min(count - 1)
        };
        for (x, y) in near(MUSEUM.0).flat_map(|x| near(MUSEUM.1).map(move |y| (x, y))) {
            let tile = TileCoord::new(zoom, x, y).expect("a tile");
            map.add_tile(tile, PICTURE).expect("it is added");
        }
    }
    map.finalize().expect("it is written");
    file.into_temp_path()
}
