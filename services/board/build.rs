//! The pages' styles and scripts are embedded: they must have been built before.

fn main() {
    println!("cargo::rerun-if-changed=ui/dist");
    println!("cargo::rerun-if-changed=templates");
    if !std::path::Path::new("ui/dist/app.js").is_file() {
        println!(
            "cargo::error=services/board/ui/dist is missing: run `make ui` (or `npm ci && npm run build` in services/board/ui) first"
        );
    }
}
