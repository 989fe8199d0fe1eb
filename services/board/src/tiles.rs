//! The ground under maps: a server of raster tiles that the school names, or a PMTiles file of its own, which nobody outside
//! is asked about. A file that can't be read leaves the plain ground: a map never stands in the way of the alarm.

use std::fs::File;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use pmtiles::{
    AsyncBackend, AsyncPmTilesReader, BackendResponse, Compression, PmtError, PmtResult, TileCoord, TileType,
};

/// Where the ground comes from, and whom to name under the map.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct MapGround {
    /// Where from.
    pub tiles: TileSource,
    /// Whom to name under the map.
    pub credit: String,
}

/// Where tiles come from.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum TileSource {
    /// `https://tiles.example/{z}/{x}/{y}.png`: browsers ask it themselves.
    Server(String),
    /// A PMTiles file of raster tiles: browsers ask Homeward.
    File(PathBuf),
}

/// What pages need to know to draw it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct MapTiles {
    /// With `{z}`, `{x}` and `{y}` in it.
    pub(crate) url: String,
    pub(crate) credit: String,
    /// No tile is nearer than this zoom.
    pub(crate) deepest: u8,
}

/// The zoom that servers of tiles go down to.
const USUAL_DEEPEST: u8 = 19;

impl MapTiles {
    /// Where other than from here the tiles come, for the pages' policy: `https://tiles.example`.
    pub(crate) fn origin(&self) -> Option<&str> {
        let after = self.url.find("://")? + 3;
        let end = self.url[after..].find('/').map_or(self.url.len(), |at| after + at);
        Some(&self.url[..end])
    }
}

/// The ground, opened.
pub(crate) struct Ground {
    pub(crate) tiles: MapTiles,
    file: Option<Archive>,
}

impl std::fmt::Debug for Ground {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Ground").field("tiles", &self.tiles).finish_non_exhaustive()
    }
}

/// Why a file of tiles is none.
#[derive(Debug, thiserror::Error)]
pub(crate) enum BadTiles {
    /// It can't be opened or read.
    #[error("it can't be read: {0}")]
    Unreadable(#[from] PmtError),
    /// Its tiles are no pictures.
    #[error(
        "its tiles are no pictures (PNG, JPEG, WebP or AVIF) as they are: make a raster PMTiles file of it"
    )]
    NoPictures,
}

impl Ground {
    pub(crate) async fn open(given: MapGround) -> Result<Self, BadTiles> {
        let MapGround { tiles, credit } = given;
        match tiles {
            TileSource::Server(url) => {
                let tiles = MapTiles { url, credit, deepest: USUAL_DEEPEST };
                Ok(Self { tiles, file: None })
            }
            TileSource::File(path) => {
                let file = Archive::open(&path).await?;
                let (url, deepest) = ("/tiles/{z}/{x}/{y}".to_owned(), file.0.get_header().max_zoom);
                Ok(Self { tiles: MapTiles { url, credit, deepest }, file: Some(file) })
            }
        }
    }

    /// A picture of the file, with its content type. None: there is no such tile, or no file.
    pub(crate) async fn tile(&self, z: u8, x: u32, y: u32) -> PmtResult<Option<(&'static str, Vec<u8>)>> {
        let Some(Archive(file)) = &self.file else { return Ok(None) };
        let Ok(coord) = TileCoord::new(z, x, y) else { return Ok(None) };
        let picture = file.get_tile(coord).await?;
        Ok(picture.map(|bytes| (file.get_header().tile_type.content_type(), bytes.to_vec())))
    }
}

/// A PMTiles file, read where it lies.
struct Archive(AsyncPmTilesReader<Read>);

impl Archive {
    async fn open(path: &Path) -> Result<Self, BadTiles> {
        let file = File::open(path).map_err(PmtError::from)?;
        let reader = AsyncPmTilesReader::try_from_source(Read(Arc::new(file))).await?;
        let header = reader.get_header();
        match (header.tile_type, header.tile_compression) {
            (
                TileType::Png | TileType::Jpeg | TileType::Webp | TileType::Avif,
                Compression::None | Compression::Unknown,
            ) => Ok(Self(reader)),
            _ => Err(BadTiles::NoPictures),
        }
    }
}

/// It is read, not mapped into memory: a file that somebody cuts short must not end the process that holds the alarm.
struct Read(Arc<File>);

impl AsyncBackend for Read {
    async fn read(&self, offset: u64, length: usize) -> PmtResult<BackendResponse> {
        let file = Arc::clone(&self.0);
        let read = tokio::task::spawn_blocking(move || read_at(&file, offset, length));
        let bytes = read.await.map_err(std::io::Error::other)??;
        Ok(BackendResponse::new(bytes.into()))
    }
}

/// Up to so many bytes: fewer at the file's end.
fn read_at(file: &File, offset: u64, length: usize) -> std::io::Result<Vec<u8>> {
    let left = file.metadata()?.len().saturating_sub(offset);
    let mut bytes = vec![0; length.min(usize::try_from(left).unwrap_or(usize::MAX))];
    file.read_exact_at(&mut bytes, offset)?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use pmtiles::PmTilesWriter;

    use super::*;

    fn written(kind: TileType) -> tempfile::NamedTempFile {
        let file = tempfile::NamedTempFile::new().expect("a file");
        let archive = PmTilesWriter::new(kind).tile_compression(Compression::None).min_zoom(0).max_zoom(1);
        let mut tiles = archive.create(file.reopen().expect("the file")).expect("an archive");
        for (z, x, y, picture) in [(0, 0, 0, b"whole"), (1, 1, 0, b"north")] {
            tiles.add_tile(TileCoord::new(z, x, y).expect("a tile"), picture).expect("it is added");
        }
        tiles.finalize().expect("it is written");
        file
    }

    async fn opened(path: &Path) -> Result<Ground, BadTiles> {
        let tiles = TileSource::File(path.to_owned());
        Ground::open(MapGround { tiles, credit: "us".to_owned() }).await
    }

    #[tokio::test]
    async fn a_file_of_pictures_is_the_ground_and_browsers_ask_nobody_else() {
        let file = written(TileType::Png);
        let ground = opened(file.path()).await.expect("a file of pictures");
        assert_eq!((ground.tiles.deepest, ground.tiles.origin()), (1, None));
        let tile = async |z, x, y| ground.tile(z, x, y).await.expect("it can be read");
        assert_eq!(tile(1, 1, 0).await, Some(("image/png", b"north".to_vec())));
        assert_eq!(tile(1, 0, 0).await, None, "there is no such tile");
        assert_eq!(tile(1, 2, 0).await, None, "nor such a place");
    }

    #[tokio::test]
    async fn what_is_no_file_of_pictures_is_refused_and_one_cut_short_harms_nobody() {
        assert!(matches!(opened(written(TileType::Mvt).path()).await, Err(BadTiles::NoPictures)));
        let file = written(TileType::Jpeg);
        let ground = opened(file.path()).await.expect("a file of pictures");
        let whole = file.as_file().metadata().expect("it is there").len();
        file.as_file().set_len(whole - 3).expect("somebody cuts it short");
        assert!(ground.tile(1, 1, 0).await.is_err());
        file.as_file().set_len(10).expect("and shorter");
        assert!(matches!(opened(file.path()).await, Err(BadTiles::Unreadable(_))));
        assert!(matches!(opened(Path::new("/nowhere.pmtiles")).await, Err(BadTiles::Unreadable(_))));
    }

    #[test]
    fn the_origin_of_tiles_is_their_server_alone() {
        let tiles = |url: &str| MapTiles { url: url.to_owned(), credit: String::new(), deepest: 19 };
        let of = |url: &str| tiles(url).origin().map(str::to_owned);
        let server = "https://tiles.example:8443";
        assert_eq!(of(&format!("{server}/os/{{z}}/{{x}}/{{y}}.png?key=a")).as_deref(), Some(server));
        assert_eq!(of("https://tiles.example").as_deref(), Some("https://tiles.example"));
        assert_eq!(of("/tiles/{z}/{x}/{y}"), None);
    }
}
