namespace Aldis.Protocols.Files;

/// <summary>What <see cref="GreetingParser"/> made of the first bytes of a plain file transfer.</summary>
internal enum GreetingStatus
{
    /// <summary>Wait: nothing has come, or a beginning of the known greeting.</summary>
    NeedMore,

    /// <summary>The greeting is complete; what follows it is the file.</summary>
    Greeting,

    /// <summary>The stream ended before any byte: there is no greeting and no file.</summary>
    Nothing,
}
