namespace Aldis.Journal.Embedded;

/// <summary>A segment is in another version of the format: it is neither read nor repaired, and nothing was changed.</summary>
internal sealed class JournalVersionException : IOException
{
    internal JournalVersionException(string path, uint version)
        : base($"{path} is in version {version} of the journal's format, and this program knows versions {SegmentHeader.First} and "
            + $"{SegmentHeader.Forgetful}. Nothing was changed. Use a program that knows it, or another directory.")
    {
    }
}
