namespace Aldis.Protocols.Tests.Files;

/// <summary>A way to break <see cref="TransferWorld"/>, to show that its checks can fail.</summary>
internal enum TransferDefect
{
    None,

    /// <summary>The receiver confirms a file when its last chunk is verified, and not when it is stored.</summary>
    ConfirmsBeforeStored,

    /// <summary>The store notes a chunk as verified before the disk has it.</summary>
    NotesBeforeSync,

    /// <summary>The receiver believes what the source says of a chunk and does not compute it.</summary>
    BelievesDigest,

    /// <summary>The source vouches for the last chunk without a look at the file.</summary>
    DoesNotLookForChanges,

    /// <summary>A part is resumed although it was of another state of the source.</summary>
    ResumesOtherState,

    /// <summary>A store that was asked for the same transfer again stores it again under another name.</summary>
    ForgetsWhatWasStored,
}
