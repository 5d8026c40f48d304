//! Compiles the window's markup.

fn main() -> Result<(), Box<dyn std::error::Error>> {
    // Element names let the tests find what they click; the style only matters to the badge in About.
    let config = slint_build::CompilerConfiguration::new()
        .with_style("fluent".into())
        .with_debug_info(true)
        .embed_resources(slint_build::EmbedResourcesKind::EmbedFiles);
    slint_build::compile_with_config("ui/app.slint", config)?;
    Ok(())
}
