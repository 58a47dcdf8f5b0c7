namespace Aldis.Journal.Storage;

/// <summary>Puts a small file in place at once, so that whoever reads it finds all of what was there before, or all of this.</summary>
internal static class WholeFile
{
    /// <summary>Writes a draft, makes it durable and gives it the name. That the name leads to it is durable once its directory is
    /// synced.</summary>
    /// <param name="storage">Where.</param>
    /// <param name="path">The file; one that is there is replaced.</param>
    /// <param name="draft">A path beside it that is nobody else's meanwhile; after a failure it may be left there.</param>
    /// <param name="content">What is in it.</param>
    /// <exception cref="IOException">It cannot be written.</exception>
    /// <exception cref="UnauthorizedAccessException">This user may not.</exception>
    public static void Put(IStorage storage, string path, string draft, ReadOnlySpan<byte> content)
    {
        using (IStorageFile file = storage.OpenWrite(draft))
        {
            file.SetLength(content.Length);
            file.Write(0, content);
            file.Sync();
        }

        storage.Rename(draft, path);
    }
}
