using Aldis.Journal.Storage;

namespace Aldis.Journal.Embedded;

/// <summary>
/// Keeps <see cref="AgeNotes"/> beside the segments. Nothing depends on them but when a segment may go, so they never fail a journal.
/// </summary>
internal static class AgeFile
{
    private const string Name = "ages";

    /// <summary>Reads the notes of a journal.</summary>
    /// <returns>Null where there are none, or none that can be believed: every segment is then as young as it can be.</returns>
    public static AgeNotes? TryRead(IStorage storage, string directory, uint salt)
    {
        try
        {
            using IStorageFile? file = storage.OpenRead(Path.Combine(directory, Name));
            if (file is null || file.Length > Array.MaxLength)
            {
                return null;
            }

            byte[] bytes = new byte[file.Length];
            return AgeNotes.TryRead(bytes.AsSpan(0, file.Read(0, bytes)), salt);
        }
        catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>Puts notes in the place of those before, whole or not at all.</summary>
    /// <returns>Whether that was done.</returns>
    public static bool TryWrite(IStorage storage, IStorageRoot root, string directory, AgeNotes notes)
    {
        string path = Path.Combine(directory, Name);
        try
        {
            WholeFile.Put(storage, path, path + SegmentName.NewSuffix, notes.ToBytes());
            root.SyncDirectory(string.Empty);
            return true;
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }
}
