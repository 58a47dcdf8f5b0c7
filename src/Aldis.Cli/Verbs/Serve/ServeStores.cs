using System.Globalization;
using Aldis.Cli.Terminal;
using Aldis.Journal.Embedded;
using Aldis.Journal.Storage;
using Aldis.Services.Events;
using Aldis.Services.Files.Sources;
using Aldis.Services.Inbox;
using Aldis.Services.Messages;
using Aldis.Transports.Arq;

namespace Aldis.Cli.Verbs.Serve;

/// <summary>Opens what a server keeps in its data directory; what cannot be opened is a sentence and exit 2.</summary>
internal static class ServeStores
{
    /// <summary>Where received files go, with which mode, and how many.</summary>
    public static InboxOptions DescribeInbox(ServeSettings settings)
    {
        if (settings.Files is { ClientQuotaBytes: not null, HasClientFolders: false })
        {
            throw new UsageException("--client-quota needs --client-folders: only a folder of its own says whose a file is.");
        }

        InboxOptions options = settings.Files with
        {
            Directory = Path.Combine(settings.Data, "files"),
            FreeSpaceFloor = settings.Stored.FreeSpaceFloorBytes,
        };
        return settings.Mode is { } mode ? options with { FileMode = mode } : options;
    }

    /// <summary>Removes what a server that was killed left behind, and says so.</summary>
    public static void RemoveUnfinished(FileInbox inbox, TextWriter error)
    {
        try
        {
            int removed = inbox.RemoveUnfinished();
            if (removed > 0)
            {
                error.WriteLine(string.Create(
                    CultureInfo.InvariantCulture, $"aldis: unfinished files that nobody goes on with, removed from {inbox.Directory}: {removed}."));
            }
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new UsageException($"files cannot be received: {exception.Message}");
        }
    }

    /// <summary>Opens the directory that is shared; null where none is.</summary>
    public static DirectoryShare? OpenShare(ServeSettings settings)
    {
        try
        {
            return settings.Share is null ? null : new DirectoryShare(FileStorage.Instance.OpenRoot(settings.Share)
                ?? throw new UsageException($"there is no directory '{settings.Share}' to share."));
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new UsageException($"'{settings.Share}' cannot be shared: {exception.Message}");
        }
    }

    /// <summary>Opens the journal, and tells of its state and its later life.</summary>
    public static MessageStore OpenMessages(CommandConsole console, ServeSettings settings, EventHub hub, JsonEvents? json)
    {
        using var display = new RecoveryDisplay(console, json);
        var options = new MessageStoreOptions
        {
            Directory = Path.Combine(settings.Data, "journal"),
            Level = settings.Level,
            MaxMessageBytes = settings.Stored.MaxMessageBytes,
            MaxClients = settings.Stored.MaxClients,
            FreeSpaceFloorBytes = settings.Stored.FreeSpaceFloorBytes,
            Repair = settings.Repair,
            RetainAge = settings.RetainAge,
            RetainBytes = settings.RetainSize,
            ForgetAge = settings.ForgetAge,
            Forgotten = forgotten => hub.Publish(RetentionEvents.Of(forgotten)),
            Deleted = deletion => hub.Publish(RetentionEvents.Of(deletion)),
            Progress = display.Show,
            ClockJumped = jump => hub.Publish(RetentionEvents.Of(jump)),
            RotationPostponed = _ => hub.Publish(RetentionEvents.OfPostponedRotation()),
        };
        if (settings is { ForgetAge: not null, RetainAge: null, RetainSize: null })
        {
            const string NothingDeletes = "--forget-clients forgets only clients of which no message is left, and nothing deletes messages: "
                + "--retain-age or --retain-size does.";
            ServeReport.Warn([NothingDeletes], console.Error, json);
        }

        try
        {
            MessageStore store = MessageStore.Open(options);
            display.Finish(store.Recovery!);
            return store;
        }
        catch (JournalCorruptException exception)
        {
            throw new UsageException(exception.Message + " Start with --repair to have that.");
        }
        catch (IOException exception)
        {
            throw new UsageException(exception.Message);
        }
    }

    /// <summary>Reads the secret of reliable datagram listeners, or makes one.</summary>
    public static byte[] ReadSecret(ServeSettings settings)
    {
        try
        {
            return ArqSecretFile.LoadOrCreate(Path.Combine(settings.Data, "arq.secret"));
        }
        catch (Exception exception) when (exception is IOException or InvalidDataException)
        {
            throw new UsageException(exception.Message);
        }
    }
}
