using Aldis.Journal.Stores;
using Aldis.Protocols.Messages;

namespace Aldis.Services.Hosting;

/// <summary>
/// A handler that keeps what it is sent somewhere, which may fail for good while the conversation is served. The server tells of it, and the
/// other conversations go on.
/// </summary>
internal interface IStoreOwner
{
    /// <summary>Ends when the store has failed, with a sentence that says what failed, why, and what now. Never, where all is well.</summary>
    Task<string> StoreFailed { get; }

    /// <summary>Why the store takes nothing for now, as a sentence without its full stop; null while it does.</summary>
    string? StoreProblem => null;

    /// <summary>How long what is sent waits for its acknowledgement; null where the store does not tell.</summary>
    IAcknowledgementTimes? AcknowledgementTimes => null;

    /// <summary>What the store counts; null where it does not tell.</summary>
    IStoreFigures? Figures => null;

    /// <summary>The store, where it is in a database.</summary>
    IDatabaseStore? Database => null;

    /// <summary>What an acknowledgement means, where the store has levels; otherwise null.</summary>
    AcknowledgementLevel? Level => null;
}
