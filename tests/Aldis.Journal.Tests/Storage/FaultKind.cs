namespace Aldis.Journal.Tests.Storage;

internal enum FaultKind
{
    /// <summary>The operation fails, a write after a part of it; the process goes on.</summary>
    InputOutputError,

    /// <summary>The same, for want of space.</summary>
    NoSpace,

    /// <summary>The machine stops in the middle of the operation.</summary>
    Crash,
}
