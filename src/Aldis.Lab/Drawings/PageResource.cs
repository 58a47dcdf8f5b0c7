namespace Aldis.Lab.Drawings;

/// <summary>Style sheets and scripts that pictures and pages carry inside.</summary>
internal static class PageResource
{
    /// <summary>Reads one, as it was built into the command.</summary>
    /// <param name="name">The name of the file.</param>
    public static string Read(string name)
    {
        using Stream stream = typeof(PageResource).Assembly.GetManifestResourceStream("Page." + name)
            ?? throw new InvalidOperationException($"The resource {name} is not built in.");
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd().ReplaceLineEndings("\n");
    }

    /// <summary>The style of a picture that stands alone: dark where the reader's screen is, light on paper.</summary>
    /// <param name="also">The name of a further style sheet, or null.</param>
    public static string PictureStyle(string? also = null)
    {
        string light = Read("picture.css") + (also is null ? string.Empty : Read(also + ".css"));
        string dark = Read("picture-dark.css") + (also is null ? string.Empty : Read(also + "-dark.css"));
        return $"\n{light}@media screen and (prefers-color-scheme: dark) {{\n{dark}}}\n";
    }
}
