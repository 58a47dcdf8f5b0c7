using System.Globalization;
using System.Text.Json;
using Aldis.Journal.Storage;

namespace Aldis.Cli.Verbs;

/// <summary>
/// The directory where a server keeps what it is given, taken by one server at a time. Whether it can be written is found out at the
/// start: a server that took a file and could not keep it would be found out by its first client. Disposing of it gives the directory to the
/// next.
/// </summary>
internal sealed class DataDirectory : IDisposable
{
    /// <summary>The file that is locked while a server has the directory. The lock ends with the process, whatever ends that; the file
    /// stays, because one that is deleted and made again could be locked twice.</summary>
    public const string LockName = "lock";

    /// <summary>The file that says who has the directory, for whoever finds it taken. True only while the lock is held.</summary>
    public const string HolderName = "server.json";

    // Far more than is ever written.
    private const int MostHolderBytes = 64 * 1024;

    private readonly IDisposable _lock;

    private DataDirectory(IDisposable @lock) => _lock = @lock;

    /// <summary>Makes the directory where there is none, tries to write in it, and takes it.</summary>
    /// <param name="path">The directory, as it was named.</param>
    /// <param name="mode">Its mode where it is made: whoever may read the files in it has to get to them.</param>
    /// <param name="served">What the server serves, for whoever comes second.</param>
    /// <param name="now">The time.</param>
    /// <returns>The directory, until it is disposed of.</returns>
    /// <exception cref="UsageException">It is something else, cannot be made, cannot be written, or another server has it.</exception>
    public static DataDirectory Take(string path, UnixFileMode mode, IEnumerable<ServedName> served, DateTimeOffset now)
    {
        if (File.Exists(path))
        {
            throw new UsageException($"{path} is a file: name a directory for --data.");
        }

        FileStorage storage = FileStorage.Instance;
        string holder = Path.Combine(path, HolderName);
        try
        {
            storage.CreateDirectory(path, mode);
            IDisposable @lock = storage.TryLock(Path.Combine(path, LockName)) ?? throw new UsageException(
                $"{path} is in use by another server{Describe(storage, holder)}: stop that one, or name another directory for --data.");
            try
            {
                Write(storage, holder, served, now);
                return new DataDirectory(@lock);
            }
            catch
            {
                @lock.Dispose();
                throw;
            }
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or ArgumentException)
        {
            throw new UsageException(
                $"nothing can be kept in {path}: {exception.Message.TrimEnd('.')}. Name another directory for --data.");
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _lock.Dispose();

    private static void Write(FileStorage storage, string holder, IEnumerable<ServedName> served, DateTimeOffset now)
    {
        using var buffer = new MemoryStream();
        using (var writer = new Utf8JsonWriter(buffer))
        {
            writer.WriteStartObject();
            writer.WriteNumber("pid", Environment.ProcessId);
            writer.WriteString("since", now);
            writer.WriteStartArray("serves");
            foreach (ServedName name in served)
            {
                writer.WriteStringValue($"{name.Conversation.Name}={name.Address}");
            }

            writer.WriteEndArray();
            writer.WriteEndObject();
        }

        using IStorageFile file = storage.OpenWrite(holder);
        file.SetLength(0);
        file.Write(0, buffer.ToArray());
    }

    // Nothing where the first has not written it yet, or somebody else has.
    private static string Describe(FileStorage storage, string holder)
    {
        try
        {
            using IStorageFile? file = storage.OpenRead(holder);
            byte[] bytes = new byte[Math.Min(file?.Length ?? 0, MostHolderBytes)];
            using JsonDocument document = JsonDocument.Parse(bytes.AsMemory(0, file?.Read(0, bytes) ?? 0));
            JsonElement said = document.RootElement;
            string serves = string.Join(", ", said.GetProperty("serves").EnumerateArray().Select(static name => name.GetString()));
            return string.Create(
                CultureInfo.InvariantCulture,
                $" (process {said.GetProperty("pid").GetInt32()}, since {said.GetProperty("since").GetDateTimeOffset():u}, serving {serves})");
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or JsonException
            or InvalidOperationException or FormatException or KeyNotFoundException)
        {
            return string.Empty;
        }
    }
}
