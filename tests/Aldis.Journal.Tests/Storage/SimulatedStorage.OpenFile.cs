using Aldis.Journal.Storage;

namespace Aldis.Journal.Tests.Storage;

internal sealed partial class SimulatedStorage
{
    private sealed class OpenFile(SimulatedStorage storage, SimulatedFile file) : IStorageFile
    {
        private int _failuresHeard = file.Failures;

        public SimulatedFile File => file;

        public long Length => file.Length;

        public int Read(long offset, Span<byte> buffer) => file.Read(offset, buffer);

        public void Write(long offset, ReadOnlySpan<byte> data)
        {
            storage.Writes++;
            if (storage.IsFaulty())
            {
                file.Write(offset, data[..Math.Min(data.Length, storage.ShortWriteBytes)]);
                throw new IOException(storage.Fault == FaultKind.NoSpace ? "No space left on device." : "Input/output error.");
            }

            long free = storage.CapacityBytes - storage._files.Values.Concat(storage._nameless).Sum(each => (long)each.Length);
            if (offset + data.Length - file.Length > Math.Max(0, free))
            {
                file.Write(offset, data[..(int)Math.Clamp(file.Length + free - offset, 0, data.Length)]);
                throw new IOException("No space left on device.");
            }

            file.Write(offset, data);
        }

        public bool WriteDirect(long offset, ReadOnlySpan<byte> data)
        {
            Write(offset, data);
            return storage.WritesDirectly;
        }

        public void Sync()
        {
            storage.Syncs++;
            string name = storage._files.FirstOrDefault(pair => pair.Value == file).Key ?? string.Empty;
            if (storage.IsFaulty() || storage.FailsSyncOf(name))
            {
                file.FailSync();
                _failuresHeard = file.Failures;
                throw new IOException("Input/output error.");
            }

            if (_failuresHeard != file.Failures)
            {
                _failuresHeard = file.Failures;
                throw new IOException("Input/output error.");
            }

            if (!storage.IgnoresSync && !storage.IgnoresSyncOf(name))
            {
                file.Sync();
            }
        }

        public void SetLength(long length)
        {
            storage.Operate();
            if (!storage.IgnoresCuts)
            {
                file.SetLength(length);
            }
        }

        public FileStatus? GetStatus() => storage.StatusOf(file);

        public bool TryLock()
        {
            file.LockedBy ??= this;
            return file.LockedBy == this;
        }

        public void SetModified(long nanoseconds) => file.Modified = nanoseconds;

        public void RestrictMode(UnixFileMode kept)
        {
        }

        public bool TrySetMark(ReadOnlySpan<byte> mark)
        {
            file.Mark = mark.ToArray();
            return true;
        }

        public byte[] GetMark() => file.Mark;

        public void Dispose() => file.LockedBy = file.LockedBy == this ? null : file.LockedBy;
    }
}
