namespace Aldis.Journal.Tests.Storage;

/// <summary>What somebody else may do to a file under its writer.</summary>
internal enum FileHarm
{
    Deleted,
    Replaced,
    Cut,
}
