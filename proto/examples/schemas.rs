//! Writes proto/schemas/: JSON Schemas and the AsyncAPI document. `make schemas` runs it.

use std::path::Path;

fn main() -> std::io::Result<()> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("schemas");
    if root.join("v1").exists() {
        std::fs::remove_dir_all(root.join("v1"))?;
    }
    for document in proto::schemas::documents() {
        let path = root.join(&document.path);
        std::fs::create_dir_all(path.parent().unwrap_or(&root))?;
        std::fs::write(&path, document.text())?;
    }
    Ok(())
}
